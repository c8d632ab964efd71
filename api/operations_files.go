package api

// filesOperations are the calls of files.
func filesOperations() []*Operation {
	return []*Operation{
		op((*Server).listFiles, Operation{Summary: "List files.", Roles: staff, Scope: accountList(), Routes: []string{"GET /files"}}),
		op((*Server).getFile, Operation{Summary: "Show a file; its bytes are at uri.", Roles: readers, Scope: oneFile(), Routes: []string{"GET /files/{fileId}"}}),
		op((*Server).newFile, Operation{Summary: "Upload a file: multipart/form-data, part file.", Roles: staff, Scope: accountOfNew(), Upload: true, Routes: []string{"POST /files"}}),
		op((*Server).patchFile, Operation{Summary: "Change a file's name, or mark a voice message as new or saved.", Roles: readers, Scope: oneFile(), Routes: []string{"PATCH /files/{fileId}"}}),
		void((*Server).deleteFile, Operation{Summary: "Delete a file.", Roles: staff, Scope: oneFile(), Routes: []string{"DELETE /files/{fileId}"}}),
		op((*Server).getFileContent, Operation{Summary: "A file's bytes, or the part that Range asks for.", Roles: readers, Scope: oneFile(), Media: "audio/wav, …", Routes: []string{"GET /files/{fileId}/content"}}),
	}
}
