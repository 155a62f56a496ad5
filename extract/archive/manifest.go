// Package archive keeps packages: the raw pages of a window come in as the API sent them, and come out again, byte for
// byte, whenever the month is replayed.
//
// A package is two files: the pages, one zstd frame each, and a JSON manifest that says what was asked, where each page
// lies and what its bytes hash to. The manifest's rename is the commit: a window is in the archive whole, or not at
// all. A flipped byte in either file is found.
package archive

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// formatVersion is the Format of the manifests written here.
const formatVersion = 1

// Manifest describes one package: a window's raw pages as received. Hashes are lower-case hex, times are UTC.
type Manifest struct {
	Format     int    `json:"format"` // 1
	Dataset    string `json:"dataset"`
	Cycle      string `json:"cycle"` // YYYY-MM
	CustomerID string `json:"customer_id,omitempty"`
	ResellerID string `json:"reseller_id,omitempty"`
	// Part is the rest of the window's key: charge mode, code combination, resource.
	Part string `json:"part,omitempty"`
	// Window is the full name, "dataset/cycle/customer/reseller/part", and WindowID its number.
	Window   string `json:"window"`
	WindowID int64  `json:"window_id,string"`
	RunID    string `json:"run_id"` // the fetching run
	// Skipped says why a window has no pages by rule, such as "no agency: 403 ...".
	Skipped   string    `json:"skipped,omitempty"`
	Announced int64     `json:"announced"` // by the API; -1 when the call announces none
	Rows      int64     `json:"rows"`
	Restarts  int       `json:"restarts"`
	Pages     []Page    `json:"pages"`
	Started   time.Time `json:"started"`
	Finished  time.Time `json:"finished"`
	// Content is the SHA-256 over the pages' SHA-256 in order: same pages, same content, whatever run or time.
	Content string `json:"content"`
	// Body is the SHA-256 of the file of pages.
	Body string `json:"body"`
	// Self is the SHA-256 of the manifest's own file with Self empty. It is the last member.
	Self string `json:"self"`
}

// Page is the entry of one page.
type Page struct {
	Offset    int       `json:"offset"`
	Rows      int       `json:"rows"`
	Announced int64     `json:"announced"` // -1 when the call announces none
	Start     int64     `json:"start"`     // place of its frame in the file, in bytes
	Length    int64     `json:"length"`
	Bytes     int64     `json:"bytes"`  // of the raw page
	SHA256    string    `json:"sha256"` // of the raw page
	Request   string    `json:"request"`
	RequestID string    `json:"request_id"`
	Time      time.Time `json:"time"`
	Tries     int       `json:"tries"`
}

// size is the length of the file of pages.
func (m Manifest) size() int64 {
	if len(m.Pages) == 0 {
		return 0
	}
	last := m.Pages[len(m.Pages)-1]
	return last.Start + last.Length
}

// WindowID numbers a window: months since 2000 in the top bits, so that a table keeps the windows of a cycle together,
// and 52 bits of the name's SHA-256. It is the same in every run and never negative. cycle is YYYY-MM, 2000 to 2169;
// for anything else the top bits are 0.
func WindowID(cycle, window string) int64 {
	h := sha256.Sum256([]byte(window))
	low := int64(binary.BigEndian.Uint64(h[:8]) >> 12)
	year, month, err := splitCycle(cycle)
	if err != nil {
		return low
	}
	return int64((year-2000)*12+month)<<52 | low
}

func splitCycle(cycle string) (year, month int, err error) {
	if len(cycle) == 7 && cycle[4] == '-' {
		y, err1 := strconv.ParseUint(cycle[:4], 10, 16)
		m, err2 := strconv.ParseUint(cycle[5:], 10, 8)
		if err1 == nil && err2 == nil && y >= 2000 && y < 2170 && m >= 1 && m <= 12 {
			return int(y), int(m), nil
		}
	}
	return 0, 0, fmt.Errorf("cycle %q: want YYYY-MM", cycle)
}

// seal encodes m as its file and fills Self.
func (m *Manifest) seal() ([]byte, error) {
	m.Self = ""
	unsealed, err := m.encode()
	if err != nil {
		return nil, err
	}
	h := sha256.Sum256(unsealed)
	m.Self = hex.EncodeToString(h[:])
	return m.encode()
}

func (m *Manifest) encode() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode manifest of %s: %w", m.Window, err)
	}
	return append(b, '\n'), nil
}

// sealEnd is how every manifest ends, after the hex of Self.
const sealEnd = "\"\n}\n"

// unseal reads a manifest's file. Self is checked on the bytes as they are, not on what they mean, so that a manifest
// of a later version is checked as well. With an error comes what could be read, for the report.
func unseal(file []byte) (Manifest, error) {
	var m Manifest
	broken := json.Unmarshal(file, &m)
	end := len(file) - len(sealEnd)
	start := end - hex.EncodedLen(sha256.Size)
	if start < 0 || string(file[end:]) != sealEnd {
		return m, errors.New("the manifest is incomplete")
	}
	h := sha256.New()
	h.Write(file[:start])
	h.Write(file[end:])
	switch {
	case string(file[start:end]) != hex.EncodeToString(h.Sum(nil)):
		return m, errors.New("the manifest does not match its own hash")
	case broken != nil:
		return m, fmt.Errorf("the manifest cannot be read: %w", broken)
	case m.Format != formatVersion:
		return m, fmt.Errorf("the manifest has format %d, this program reads %d", m.Format, formatVersion)
	}
	return m, m.contiguous()
}

// contiguous checks that the frames lie one after another: then every byte of the file belongs to a page.
func (m Manifest) contiguous() error {
	var at int64
	for i, p := range m.Pages {
		if p.Start != at || p.Length <= 0 || p.Bytes < 0 {
			return fmt.Errorf("page %d does not begin where the one before ends", i)
		}
		at += p.Length
	}
	return nil
}

// complete proves the window from its pages. A window may be asked with several calls (ids in portions); each begins
// again at offset 0. Within a call the pages follow each other, announce one total, and have as many rows.
func (m *Manifest) complete() error {
	m.Rows, m.Announced = 0, -1
	for i := 0; i < len(m.Pages); {
		first, rows := i, 0
		announced := m.Pages[i].Announced
		for ; i < len(m.Pages) && (i == first || m.Pages[i].Offset != 0); i++ {
			p := m.Pages[i]
			if p.Offset != rows {
				return fmt.Errorf("page %d begins at record %d, %d came before it", i, p.Offset, rows)
			}
			if p.Announced != announced {
				return fmt.Errorf("page %d announces %d records, the first %d", i, p.Announced, announced)
			}
			rows += p.Rows
		}
		if announced >= 0 && int64(rows) != announced {
			return fmt.Errorf("%d records came, %d are announced", rows, announced)
		}
		m.Rows += int64(rows)
		if announced >= 0 {
			m.Announced = max(m.Announced, 0) + announced
		}
	}
	return nil
}

// content hashes the pages' hashes.
func (m Manifest) content() (string, error) {
	h := sha256.New()
	for i, p := range m.Pages {
		sum, err := hex.DecodeString(p.SHA256)
		if err != nil || len(sum) != sha256.Size {
			return "", fmt.Errorf("page %d has no SHA-256", i)
		}
		h.Write(sum)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
