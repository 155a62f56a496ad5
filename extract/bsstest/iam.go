package bsstest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// tokenPath issues temporary keys for a customer whose agency trusts the partner.
const tokenPath = "/v3.0/OS-CREDENTIAL/securitytokens"

// issue answers a request for temporary keys.
func (s *Server) issue(caller *credential, body []byte) ([]byte, *apiError) {
	var request struct {
		Auth struct {
			Identity struct {
				Methods    []string `json:"methods"`
				AssumeRole struct {
					DomainID   string `json:"domain_id"`
					DomainName string `json:"domain_name"`
					Agency     string `json:"agency_name"`
					Duration   *int   `json:"duration_seconds"`
				} `json:"assume_role"`
			} `json:"identity"`
		} `json:"auth"`
	}
	if err := json.Unmarshal(body, &request); err != nil {
		return nil, &apiError{status: http.StatusBadRequest, message: "The request body is invalid."}
	}
	id := request.Auth.Identity
	role := id.AssumeRole
	seconds := 900
	if role.Duration != nil {
		seconds = *role.Duration
	}
	switch {
	case caller.customer != nil:
		return nil, &apiError{status: http.StatusForbidden, message: "You are not authorized to perform the requested action: Agent Operator is required."}
	case len(id.Methods) != 1 || id.Methods[0] != "assume_role", role.DomainID == "" && role.DomainName == "", role.Agency == "":
		return nil, &apiError{status: http.StatusBadRequest, message: "auth.identity.assume_role needs domain_id or domain_name, and agency_name."}
	case seconds < 900 || seconds > 86_400:
		return nil, &apiError{status: http.StatusBadRequest, message: "duration_seconds must be from 900 to 86400."}
	}
	c := s.world.customerOf(role.DomainID, role.DomainName)
	if c == nil || role.Agency != s.options.PlatformID {
		return nil, &apiError{status: http.StatusNotFound, message: "Could not find agency."}
	}
	if c.NoAgency || c.Orphan {
		return nil, &apiError{status: http.StatusForbidden, message: "You are not authorized to perform the requested action: no agency trusts this account."}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.issued++
	h := hash(s.world.seed, c.seed, 0x1a3, s.issued)
	key := &credential{sk: hex32(h), token: "gQ" + hex32(mix(h)) + hex32(mix(h+1)), customer: c, expires: s.now().Add(time.Duration(seconds) * time.Second)}
	ak := "TMP" + hex32(mix(h + 2))[:17]
	s.credentials[ak] = key
	return fmt.Appendf(nil, `{"credential":{"access":%q,"secret":%q,"securitytoken":%q,"expires_at":%q}}`,
		ak, key.sk, key.token, key.expires.UTC().Format("2006-01-02T15:04:05.000000Z")), nil
}

func (w *World) customerOf(id, accountName string) *customer {
	w.mu.RLock()
	defer w.mu.RUnlock()
	for _, c := range w.customers {
		if id != "" && c.ID == id || id == "" && c.AccountName == accountName {
			return c
		}
	}
	return nil
}
