package main

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by -ldflags "-X main.version=..."; without it the build's own record of the repository is used.
var version string

// libraries are named by settle version: they decide numbers or files.
var libraries = []string{
	"github.com/apache/arrow/go/v17", "github.com/marcboeker/go-duckdb", "github.com/xuri/excelize/v2",
	"github.com/huaweicloud/huaweicloud-sdk-go-v3", "github.com/robfig/cron/v3",
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, DuckDB's version and the build",
		Long:  "version prints what this binary is made of.\n\nExit codes: 0 done, 1 failed.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			engine, err := duckdbVersion(cmd.Context())
			if err != nil {
				return err
			}
			t := table{}
			t.add("settle", versionText())
			t.add("DuckDB", engine)
			t.add("Go", runtime.Version()+" "+runtime.GOOS+"/"+runtime.GOARCH)
			if info, ok := debug.ReadBuildInfo(); ok {
				for _, dep := range info.Deps {
					for _, name := range libraries {
						if dep.Path == name {
							t.add(name, dep.Version)
						}
					}
				}
			}
			t.print(a.stdout, "")
			return nil
		},
	}
}

// versionText is the version of this build: the release, or the commit with a mark where the tree had changes.
func versionText() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	var commit, modified string
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			commit = s.Value
		case "vcs.modified":
			if s.Value == "true" {
				modified = "+changes"
			}
		}
	}
	if commit != "" {
		return commit[:min(12, len(commit))] + modified
	}
	return cmp.Or(info.Main.Version, "unknown")
}

func duckdbVersion(ctx context.Context) (string, error) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return "", fmt.Errorf("ask DuckDB for its version: %w", err)
	}
	defer db.Close()
	var v string
	if err := db.QueryRowContext(ctx, "select version()").Scan(&v); err != nil {
		return "", fmt.Errorf("ask DuckDB for its version: %w", err)
	}
	return v, nil
}
