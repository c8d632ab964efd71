package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
)

// apiFlags say which server to ask for what is no file.
type apiFlags struct {
	url, user, password string
}

func (f *apiFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.url, "url", "", "`ADDRESS` of the server's API, for flows that are no files (default: the server that runs on the configured data folder)")
	fs.StringVar(&f.user, "user", "", "login (`EMAIL`) of the API, with --url")
	fs.StringVar(&f.password, "password", "", "password of that login")
}

// client is the API of the server that the flags mean.
func (f *apiFlags) client(cmd *cobra.Command) (apiClient, error) {
	if f.url != "" {
		if u, err := url.Parse(f.url); err != nil || u.Host == "" {
			return apiClient{}, fmt.Errorf("--url %s: an address such as http://127.0.0.1:8080 is needed", f.url)
		}
		return apiClient{base: strings.TrimSuffix(f.url, "/"), user: f.user, password: f.password}, nil
	}
	c, err := load(cmd)
	if err != nil {
		return apiClient{}, err
	}
	l, err := readLocal(c.Data)
	if err != nil {
		return apiClient{}, err
	}
	return apiClient{base: l.API, token: l.Token, http: l.client(c)}, nil
}

// server is the API to be asked for a flow that is no file.
func (f *apiFlags) server(cmd *cobra.Command, name string) (apiClient, error) {
	c, err := f.client(cmd)
	if err != nil {
		return c, fmt.Errorf("there is no file %s, and no server to ask for a flow of that name: %w", name, err)
	}
	return c, nil
}

// flow gives the stored flow with that id or name.
func (f *apiFlags) flow(cmd *cobra.Command) func(ctx context.Context, name string) ([]byte, error) {
	return func(ctx context.Context, name string) ([]byte, error) {
		c, err := f.server(cmd, name)
		if err != nil {
			return nil, err
		}
		return c.flow(ctx, name)
	}
}

// flow gives the stored flow with that id or name.
func (c apiClient) flow(ctx context.Context, name string) ([]byte, error) {
	id, err := c.flowID(ctx, name)
	if err != nil {
		return nil, err
	}
	var raw json.RawMessage
	if err := c.get(ctx, "/flows/"+url.PathEscape(id), &raw); err != nil {
		return nil, fmt.Errorf("flow %s: %w", name, err)
	}
	return raw, nil
}

// flowID is the id of the flow of that name; what is no name is taken for an id.
func (c apiClient) flowID(ctx context.Context, name string) (string, error) {
	var list struct {
		Items []struct{ ID, Name string }
	}
	if err := c.get(ctx, "/flows?all=true&nameFilter="+url.QueryEscape(name), &list); err != nil {
		return "", err
	}
	id := ""
	for _, f := range list.Items {
		if f.ID == name || f.Name == name {
			if id != "" {
				return "", fmt.Errorf("two flows are named %s: give the id, %s or %s", name, id, f.ID)
			}
			id = f.ID
		}
	}
	if id == "" {
		id = name
	}
	return id, nil
}
