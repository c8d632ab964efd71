package api

// filesOperations are the calls of files.
func filesOperations() []*Operation {
	return []*Operation{
		op((*Server).listFiles, Operation{Summary: "List files.", Roles: staff, Scope: accountList(), Routes: []string{"GET /files"}}),
		op((*Server).getFile, Operation{Summary: "Show a file; its bytes are at uri.", Roles: readers, Scope: oneFile(), Routes: []string{"GET /files/{fileId}"}}),
		op((*Server).newFile, Operation{Summary: "Upload a file: multipart/form-data, part file.", Roles: staff, Scope: accountOfNew(), Upload: true, Routes: []string{"POST /files"}}),
		op((*Server).patchFile, Operation{Summary: "Change a file's name or customer, or mark a voice message as new or saved; a multipart part file takes the place of an upload's bytes.", Roles: readers, Scope: oneFile(), Upload: true, Routes: []string{"PATCH /files/{fileId}"}}),
		void((*Server).deleteFile, Operation{Summary: "Delete a file.", Roles: staff, Scope: oneFile(), Routes: []string{"DELETE /files/{fileId}"}}),
		op((*Server).getFileContent, Operation{Summary: "A file's bytes, or the part that Range asks for.", Roles: readers, Scope: oneFile(), Media: "audio/wav, …", Routes: []string{"GET /files/{fileId}/content"}}),
		op((*Server).uploadFile, Operation{Summary: "Upload a file of the user's own, in base64.", Roles: users, Scope: noAccount(), Limit: maxUpload, Routes: []string{"POST /app/files"}}),
		op((*Server).getMyFiles, Operation{Summary: "List the user's own files, the newest 1,000.", Roles: users, Scope: noAccount(), Routes: []string{"GET /app/files"}}),
		op((*Server).appUploadFile, Operation{Summary: "Upload a file: multipart/form-data, part file, or with its bytes as the body, of their own Content-Type (not JSON, XML, JSV or a form).", Scope: accountOfNew(), Upload: true, Direct: true, Routes: []string{"POST /app/file"}}),
		op((*Server).appGetFiles, Operation{Summary: "List files; a phone user's are its own.", Scope: accountList(), Routes: []string{"GET /portal/files"}}),
	}
}
