package infra

import (
	"encoding/json"
	"testing"

	"sallyport/infra/configuration"
	"sallyport/lambda/env"
	"sallyport/lambda/setting"
)

// configuration.OtherVariables is large enough, even for the longest names of stack and stage.
func TestOtherVariables(t *testing.T) {
	for _, p := range plans(t) {
		variables := environment(t, p)
		text, err := json.Marshal(variables)
		if err != nil {
			t.Fatal(err)
		}
		configured := 0
		for _, name := range []string{env.AllowedOrigins, env.Issuer, env.Audience} {
			value, _ := variables[name].(string)
			configured += len(value)
		}
		for _, d := range new(setting.Function).Settings() {
			if value, ok := variables[d.Variable].(string); ok {
				configured += len(d.Variable) + len(value)
			}
		}
		// Values that resources determine: those of the user pool and of the site.
		const made, longerNames = 200, 200
		if got := len(text) - configured + made + longerNames; got > configuration.OtherVariables {
			t.Errorf("%s: the other variables may have %d bytes, more than %d", p.Stack, got, configuration.OtherVariables)
		}
	}
}
