package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// account is a user of the system.
type account struct{ name, sub, token string }

// temporary reports whether the run creates the users, and does not use those of a token.
func (v *verifier) temporary() bool { return v.local || v.outputs["userPoolId"] != "" }

// signIn creates two users and gets a token of each.
func (v *verifier) signIn(ctx context.Context) error {
	run := strings.ToLower(rand.Text()[:10])
	v.firstUser.name, v.secondUser.name = "verify-"+run+"-a", "verify-"+run+"-b"
	var err error
	switch {
	case v.local:
		if v.firstUser.token, err = v.localToken(ctx, v.firstUser.name, 0); err == nil {
			v.secondUser.token, err = v.localToken(ctx, v.secondUser.name, 0)
		}
	case !v.temporary():
		if v.token == "" {
			err = cannotCheck("the stack has an external issuer: set SALLYPORT_TOKEN, and SALLYPORT_SECOND_TOKEN, to access tokens of two users")
		}
		v.firstUser.token, v.secondUser.token = v.token, v.secondToken
	default:
		if err = v.createUser(ctx, &v.firstUser); err == nil {
			err = v.createUser(ctx, &v.secondUser)
		}
	}
	for _, u := range []*account{&v.firstUser, &v.secondUser} {
		if err != nil || u.token == "" {
			continue
		}
		v.secrets = append(v.secrets, u.token)
		var expires time.Time
		if u.sub, expires, err = claimsOf(u.token); err != nil {
			continue
		}
		v.secrets = append(v.secrets, u.sub)
		if left := time.Until(expires).Round(time.Second); v.slow && !expires.IsZero() && left < slowTime {
			err = cannotCheck("a token expires in %v, and -slow needs %v: use tokens that are valid for longer (setting tokenMinutes, or your issuer), or leave out -slow", left, slowTime)
		}
	}
	if err != nil {
		return fmt.Errorf("cannot sign in: %w", err)
	}
	return nil
}

// slowTime is the time for which the tokens of a run with -slow must be valid.
const slowTime = 30 * time.Minute

// claimsOf returns the claim sub and the expiry of a token, without verification. The expiry is
// zero if the token has none.
func claimsOf(token string) (sub string, expires time.Time, err error) {
	parts := strings.Split(token, ".")
	var claims struct {
		Sub string
		Exp float64 // RFC 7519, 2: NumericDate may have a fraction
	}
	if len(parts) == 3 {
		text, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err == nil && json.Unmarshal(text, &claims) == nil && claims.Sub != "" {
			if claims.Exp > 0 {
				expires = time.Unix(int64(claims.Exp), 0)
			}
			return claims.Sub, expires, nil
		}
	}
	return "", time.Time{}, cannotCheck("the token is not a JSON Web Token with a claim sub")
}

// localToken returns a token of the local sign-in. expiresIn is in seconds; 0 means its default.
func (v *verifier) localToken(ctx context.Context, user string, expiresIn int) (string, error) {
	body := map[string]any{"user": user}
	if expiresIn != 0 {
		body["expiresIn"] = expiresIn
	}
	text, err := json.Marshal(body)
	if err != nil {
		return "", err
	}
	a, err := v.request(ctx, http.MethodPost, v.outputs["issuer"]+"/token-for-user", string(text), header("Content-Type", "application/json"))
	if err != nil {
		return "", cannotCheck("the local sign-in does not answer: check that make run still runs (%v)", err)
	}
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := decode(a.body, &answer); err != nil || answer.Token == "" {
		return "", cannotCheck("the local sign-in returned %d without a token", a.status)
	}
	return answer.Token, nil
}

// createUser creates a user of the stack's pool with a random password, and gets a token.
func (v *verifier) createUser(ctx context.Context, u *account) error {
	pool, password := v.outputs["userPoolId"], "Aa1"+rand.Text()
	v.secrets = append(v.secrets, password)
	create := map[string]any{"UserPoolId": pool, "Username": u.name, "MessageAction": "SUPPRESS"}
	if v.setting("selfSignUp") == "true" { // such a pool requires an email address
		create["UserAttributes"] = []map[string]string{
			{"Name": "email", "Value": u.name + "@example.com"}, {"Name": "email_verified", "Value": "true"},
		}
	}
	// Before the call: if an interruption ends the call, the user may exist.
	v.created = append(v.created, createdThing{
		"user " + u.name, v.deleteUser(u.name),
		func(ctx context.Context) error {
			_, err := v.cognito(ctx, "admin-delete-user", map[string]any{"UserPoolId": pool, "Username": u.name})
			if isAWS(err, "UserNotFoundException") {
				return nil
			}
			return err
		},
	})
	if _, err := v.cognito(ctx, "admin-create-user", create); err != nil {
		return err
	}
	if _, err := v.cognito(ctx, "admin-set-user-password", map[string]any{"UserPoolId": pool, "Username": u.name, "Password": password, "Permanent": true}); err != nil {
		return err
	}
	var err error
	u.token, err = v.poolToken(ctx, u.name, password)
	return err
}

// deleteUser returns the command that deletes a user by hand.
func (v *verifier) deleteUser(name string) string {
	stack := ""
	if v.stack != "" {
		stack = " --stack " + v.stack
	}
	return "aws cognito-idp admin-delete-user --region " + v.outputs["region"] + " --user-pool-id $(pulumi stack output userPoolId" + stack + ") --username " + name
}

// poolToken returns an access token of the stack's pool.
func (v *verifier) poolToken(ctx context.Context, user, password string) (string, error) {
	out, err := v.cognito(ctx, "admin-initiate-auth", map[string]any{
		"UserPoolId": v.outputs["userPoolId"], "ClientId": v.outputs["toolClientId"], "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
		"AuthParameters": map[string]string{"USERNAME": user, "PASSWORD": password},
	})
	if err != nil {
		return "", err
	}
	var answer struct {
		AuthenticationResult struct{ AccessToken string }
	}
	if err := decode(out, &answer); err != nil {
		return "", err
	}
	if answer.AuthenticationResult.AccessToken == "" {
		return "", cannotCheck("Cognito returned no token")
	}
	return answer.AuthenticationResult.AccessToken, nil
}

// cognito calls an operation of Cognito. The request is in a file, because it may have a
// password.
func (v *verifier) cognito(ctx context.Context, operation string, request map[string]any) (string, error) {
	text, err := json.Marshal(request)
	if err != nil {
		return "", err
	}
	file, err := v.writeFile("cognito.json", string(text))
	if err != nil {
		return "", err
	}
	return v.aws(ctx, "cognito-idp", operation, "--cli-input-json", "file://"+file, "--output", "json")
}

// signInChecks returns the checks of the sign-in.
func signInChecks() []check {
	return []check{
		{
			area: "sign-in", name: "temporaryUser", description: "the temporary user has a token", want: "a token",
			run: func(_ context.Context, v *verifier) (string, error) {
				if v.firstUser.token == "" {
					return "no token", nil
				}
				return "a token", nil
			},
		},
		{
			area: "sign-in", name: "wrongPassword", description: "the user pool refuses a wrong password", want: "NotAuthorizedException",
			skip: all(onAWS, withPool),
			run: func(ctx context.Context, v *verifier) (string, error) {
				_, err := v.poolToken(ctx, v.firstUser.name, "Aa1"+rand.Text())
				return errorCode(err)
			},
		},
		{
			area: "sign-in", name: "passwordOverNetwork", description: "requests without AWS credentials cannot try passwords at the clients of the user pool", want: "refused, refused",
			skip: all(onAWS, withPool), run: passwordOverNetwork,
		},
	}
}

// errorCode returns the code of an error of AWS, or "accepted".
func errorCode(err error) (string, error) {
	failure, ok := err.(*awsError) //nolint:errorlint // aws returns it unwrapped
	switch {
	case err == nil:
		return "accepted", nil
	case ok:
		return failure.code, nil
	}
	return "", err
}

func withPool(v *verifier) string {
	if v.outputs["userPoolId"] == "" {
		return "the stack has an external issuer"
	}
	return ""
}

// passwordOverNetwork requests a token from the pool without AWS credentials, with the client of
// the console and with the client of the tools.
func passwordOverNetwork(ctx context.Context, v *verifier) (string, error) {
	var results []string
	for _, client := range []string{v.outputs["clientId"], v.outputs["toolClientId"]} {
		body, err := json.Marshal(map[string]any{
			"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": map[string]string{"USERNAME": v.firstUser.name, "PASSWORD": "Aa1" + rand.Text()},
		})
		if err != nil {
			return "", err
		}
		h := header("Content-Type", "application/x-amz-json-1.1", "X-Amz-Target", "AWSCognitoIdentityProviderService.InitiateAuth")
		a, err := v.request(ctx, http.MethodPost, v.serviceURL("cognito-idp"), string(body), h)
		if err != nil {
			return "", err
		}
		// A wrong password would be NotAuthorizedException: the client would accept passwords.
		if a.status == http.StatusBadRequest && strings.Contains(a.body, "InvalidParameterException") {
			results = append(results, "refused")
		} else {
			results = append(results, fmt.Sprintf("%d %s", a.status, a.body))
		}
	}
	return strings.Join(results, ", "), nil
}
