package bsstest

import "encoding/hex"

// mix is the finalizer of splitmix64: every bit of x reaches every bit of the result.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// hash chains parts into one well mixed number. It is the only source of chance in a world, so a value depends on
// what it describes and not on what was asked for before it.
func hash(parts ...uint64) uint64 {
	h := uint64(0x5e771e)
	for _, p := range parts {
		h = mix(h ^ p)
	}
	return h
}

// hashText turns a word into a part for hash (FNV-1a).
func hashText(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

const hexDigits = "0123456789abcdef"

// appendHex appends the 16 hexadecimal digits of x.
func appendHex(dst []byte, x uint64) []byte {
	for shift := 60; shift >= 0; shift -= 4 {
		dst = append(dst, hexDigits[x>>shift&15])
	}
	return dst
}

// hex32 is an id of 32 hexadecimal digits, as the service's account ids are.
func hex32(h uint64) string {
	b := appendHex(make([]byte, 0, 32), mix(h))
	return string(appendHex(b, mix(h^0xff51afd7ed558ccd)))
}

// uuid is an id in the 8-4-4-4-12 form, as resource ids are.
func uuid(h uint64) string {
	s := hex32(h)
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// short is an id of 8 hexadecimal digits for names.
func short(h uint64) string {
	h = mix(h)
	return hex.EncodeToString([]byte{byte(h >> 24), byte(h >> 16), byte(h >> 8), byte(h)})
}
