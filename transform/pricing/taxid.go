package pricing

import (
	"regexp"
	"strings"
)

type taxIDForm int

const (
	taxIDUnknown  taxIDForm = iota
	taxIDUnified            // unified social credit code, GB 32100-2015
	taxIDPersonal           // citizen identification number, GB 11643-1999
	taxIDOld                // 15, 17 or 20 characters, from before 2015
	taxIDMistyped           // 18 characters of the right kind whose check character does not fit
)

// unifiedCharacters are the digits of GB 32100-2015 in the order of their values, 0 to 30: capitals without I, O, S, V, Z.
const unifiedCharacters = "0123456789ABCDEFGHJKLMNPQRTUWXY"

var (
	unifiedForm = regexp.MustCompile(`^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$`)
	citizenForm = regexp.MustCompile(`^[0-9]{17}[0-9X]$`)
	oldForm     = regexp.MustCompile(`^([0-9A-Z]{15}|[0-9A-Z]{17}|[0-9A-Z]{20})$`)
)

func taxIDKind(id string) taxIDForm {
	switch {
	case unifiedForm.MatchString(id) && id[17] == unifiedCheck(id[:17]):
		return taxIDUnified
	case citizenForm.MatchString(id) && id[17] == citizenCheck(id[:17]):
		return taxIDPersonal
	case unifiedForm.MatchString(id) || citizenForm.MatchString(id):
		return taxIDMistyped
	case oldForm.MatchString(id):
		return taxIDOld
	}
	return taxIDUnknown
}

// unifiedCheck is the eighteenth character: weights are the powers of 3 modulo 31.
func unifiedCheck(first string) byte {
	sum, weight := 0, 1
	for i := range len(first) {
		sum += strings.IndexByte(unifiedCharacters, first[i]) * weight
		weight = weight * 3 % 31
	}
	return unifiedCharacters[(31-sum%31)%31]
}

// citizenCheck is the eighteenth character: weights are the powers of 2 modulo 11, from the right (ISO 7064 MOD 11-2).
func citizenCheck(first string) byte {
	sum, weight := 0, 2
	for i := len(first) - 1; i >= 0; i-- {
		sum += int(first[i]-'0') * weight
		weight = weight * 2 % 11
	}
	return "10X98765432"[sum%11]
}
