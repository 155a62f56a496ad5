package bsstest

import "strconv"

// listing is what a call answers before it is cut into pages.
type listing struct {
	rows  string // JSON name of the list
	total string // JSON name of the announced total; "" where the call announces none and does not page
	count int
	// quoted: the total is sent as a string, which no document says and the official example shows.
	quoted bool
	// head appends further members of the answer, each with a leading comma.
	head func(dst []byte) []byte
	// row appends row i as a JSON object.
	row func(dst []byte, i int) []byte
}

// page is a part of a listing, with the disturbances of a fault.
type page struct {
	offset, limit int
	moved         int  // added to the announced total
	wrongType     bool // an object for the first number of the first row
	unknownField  bool // one more member in the first row
}

func (l *listing) append(dst []byte, p page) []byte {
	dst = append(dst, '{')
	first, last := 0, l.count
	if l.total != "" {
		first = min(max(p.offset, 0), l.count)
		last = min(first+p.limit, l.count)
		dst = append(append(append(dst, '"'), l.total...), `":`...)
		if l.quoted {
			dst = append(dst, '"')
		}
		dst = strconv.AppendInt(dst, int64(l.count+p.moved), 10)
		if l.quoted {
			dst = append(dst, '"')
		}
		dst = append(dst, ',')
	}
	dst = append(append(append(dst, '"'), l.rows...), `":[`...)
	for i := first; i < last; i++ {
		if i > first {
			dst = append(dst, ',')
		}
		from := len(dst)
		dst = l.row(dst, i)
		if i == first && p.wrongType {
			dst = objectForNumber(dst, from)
		}
		if i == first && p.unknownField {
			rest := string(dst[from+1:])
			dst = append(append(dst[:from+1], `"x_new_field":{"value":[1,"新"]},`...), rest...)
		}
	}
	dst = append(dst, ']')
	if l.head != nil {
		dst = l.head(dst)
	}
	return append(dst, '}')
}

// objectForNumber replaces the first number that follows a colon outside a string, from byte from on.
func objectForNumber(dst []byte, from int) []byte {
	inString := false
	for i := from; i < len(dst); i++ {
		switch c := dst[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString || c != ':':
		default:
			end := i + 1
			for end < len(dst) && (dst[end] == '-' || dst[end] == '.' || dst[end] >= '0' && dst[end] <= '9' || dst[end] == 'E') {
				end++
			}
			if end > i+1 {
				rest := string(dst[end:])
				return append(append(dst[:i+1], `{"value":1}`...), rest...)
			}
		}
	}
	return dst
}
