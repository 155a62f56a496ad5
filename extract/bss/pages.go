package bss

import (
	"context"
	"fmt"
	"hash/maphash"
	"iter"
)

// Pages asks for a whole window, page by page from offset 0, and proves it complete: pages follow each other without a
// gap, every page but the last is full, all announce the same total, no record of one page is on a later one, and in
// the end there are as many records as announced. A window that does not hold is ErrMoved with the detail; asking it
// again is the caller's decision. The sequence is ranged once; an error is its last element.
func (c *Client) Pages(ctx context.Context, call Call, p Params) iter.Seq2[*Page, error] {
	return func(yield func(*Page, error) bool) {
		w := window{call: call, seen: make(map[rowKey]struct{})}
		for !w.complete {
			page, err := c.Page(ctx, call, p, w.next)
			if err == nil {
				err = w.add(page)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(page, nil) {
				return
			}
		}
	}
}

// window is what is known of a window while it is being paged.
type window struct {
	call     Call
	next     int   // offset of the next page
	total    int64 // announced by the first page
	complete bool
	seen     map[rowKey]struct{}
}

// rowKey stands for a record's bytes; two different records share one with a chance below 1 in 10^7 per million.
type rowKey struct {
	hash uint64
	size int
}

var rowSeed = maphash.MakeSeed()

func (w *window) add(p *Page) error {
	rows := len(p.Rows)
	moved := func(format string, args ...any) error {
		return fmt.Errorf("%s offset %d: %w: %s", w.call.Name, p.Offset, ErrMoved, fmt.Sprintf(format, args...))
	}
	first := w.next == 0
	w.next += rows
	if first {
		w.total = p.Total
	}
	pages, announces := w.call.Limit > 0, w.total >= 0
	switch {
	case p.Total != w.total:
		return moved("the announced total changed from %d to %d", w.total, p.Total)
	case announces && int64(w.next) > w.total:
		return moved("%d records came, %d are announced", w.next, w.total)
	case pages && rows > w.call.Limit:
		return moved("the page has %d records, %d were asked for", rows, w.call.Limit)
	case pages && announces && int64(w.next) < w.total && rows != w.call.Limit:
		return moved("the page has %d of %d records, and is not the last of %d", rows, w.call.Limit, w.total)
	case !pages && announces && int64(w.next) != w.total:
		return moved("%d records came, %d are announced", w.next, w.total)
	}
	if row, repeats := w.repeats(p); repeats {
		return moved("row repeats: record %d of the page is also on an earlier page", row)
	}
	switch {
	case !pages:
		w.complete = true
	case announces:
		w.complete = int64(w.next) == w.total
	default:
		// Without a total only a page that is not full proves the end.
		w.complete = rows < w.call.Limit
	}
	return nil
}

// repeats finds a record that an earlier page had too. Equal records within a page are the service's business.
func (w *window) repeats(p *Page) (int, bool) {
	keys := make([]rowKey, len(p.Rows))
	for i, s := range p.Rows {
		keys[i] = rowKey{maphash.Bytes(rowSeed, p.Body[s.Start:s.End]), s.End - s.Start}
		if _, ok := w.seen[keys[i]]; ok {
			return i, true
		}
	}
	for _, k := range keys {
		w.seen[k] = struct{}{}
	}
	return 0, false
}
