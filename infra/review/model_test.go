package review

import (
	"flag"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/infra/plan"
)

var update = flag.Bool("update", false, "write what is kept under testdata and docs instead of comparing it")

const modelsFile = "testdata/models.json"

func models(tb testing.TB) *Models {
	tb.Helper()
	f, err := os.Open(modelsFile)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	m, err := ReadModels(f)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func TestPlansAreWhatAWSAsksFor(t *testing.T) {
	m := models(t)
	for _, path := range kept {
		t.Run(filepath.Base(path), func(t *testing.T) {
			for _, problem := range m.Check(readPlan(t, path)) {
				t.Error(problem)
			}
		})
	}
}

// What the models must catch, of every kind.
func TestModelsCatch(t *testing.T) {
	const pool, alarm = "aws:cognito/userPool:UserPool", "aws:cloudwatch/metricAlarm:MetricAlarm"
	tests := []struct {
		name string
		do   func(*plan.Plan)
		want string
	}{
		{"required", set(typeRoute, "routeKey", nil), "CreateRoute: lacks RouteKey"},
		{"requiredDeepInside", set(typeDistribution, "defaultCacheBehavior", map[string]any{"targetOriginId": "bucket"}), "DefaultCacheBehavior: lacks ViewerProtocolPolicy"},
		{"enum", set(typeAPI, "protocolType", "WS"), `ProtocolType: is "WS", want one of`},
		{"enumInList", set(typeFunction, "architectures", []any{"arm"}), `Architectures[0]: is "arm", want one of`},
		{"pattern", set(typeRole, "name", "a b"), `RoleName: is "a b", want`},
		{"patternOfNestedName", set("aws:budgets/budget:Budget", "name", "a:b"), `BudgetName: is "a:b"`},
		{"tooLong", set(typeRole, "name", strings.Repeat("a", 65)), "RoleName: has 65, want at most 64"},
		{"tooLow", set(typeFunction, "memorySize", 64.0), "MemorySize: has 64, want at least 128"},
		{"tooHigh", set(typeClient, "refreshTokenValidity", 4e8), "RefreshTokenValidity: has 4e+08, want at most 3.1536e+08"},
		{"number", set(typeFunction, "timeout", "10"), `Timeout: is "10", want integer`},
		{"boolean", set(typeTable, "deletionProtectionEnabled", "yes"), `DeletionProtectionEnabled: is "yes", want boolean`},
		{"unknownInput", set(typeStage, "loggingLevel", "INFO"), "loggingLevel has no place in CreateStageRequest"},
		{"unknownInputDeepInside", set(pool, "passwordPolicy", map[string]any{"minimumSize": 8.0}), "passwordPolicy.minimumSize has no place"},
		{"retention", set(typeAuthorizer, "authorizerType", "TOKEN"), `AuthorizerType: is "TOKEN"`},
		{"tag", set(pool, "tags", map[string]any{strings.Repeat("k", 129): ""}), "has 129, want at most 128"},
		{"alarm", set(alarm, "comparisonOperator", "Above"), `ComparisonOperator: is "Above"`},
		{"headers", set(typeHeaders, "securityHeadersConfig", map[string]any{"frameOptions": map[string]any{"frameOption": "NEVER", "override": true}}), `FrameOption: is "NEVER"`},
		{"ruleName", set(typeRule, "name", "a b"), `Name: is "a b", want`},
		{"eventAge", set(typeTarget, "retryPolicy", map[string]any{"maximumEventAgeInSeconds": 0.0}), "MaximumEventAgeInSeconds: has 0, want at least 60"},
		{"payload", set(typeIntegration, "payloadFormat", "2.0"), "payloadFormat has no place in CreateIntegrationRequest"},
		{"ttl", set(typeTable, "ttl", map[string]any{"enabled": true}), "TimeToLiveSpecification: lacks AttributeName"},
		{"unknownType", func(p *plan.Plan) { p.Resources[0].Type = "aws:lex/bot:Bot" }, "nobody has said which calls of AWS make it"},
	}
	m := models(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := everything(t)
			test.do(&p)
			if got := strings.Join(m.Check(p), "\n"); !strings.Contains(got, test.want) {
				t.Errorf("got %s, want %q in it", got, test.want)
			}
		})
	}
}

// The extract holds every operation that the checks name, and no other. With
// -update, models.py makes it anew of the botocore that python3 has.
func TestModelsHoldWhatIsChecked(t *testing.T) {
	named := map[string]bool{}
	for _, calls := range callsOf {
		for _, c := range calls {
			named[c.service+":"+c.operation] = true
		}
	}
	want := slices.Sorted(maps.Keys(named))
	if *update {
		extract, err := exec.CommandContext(t.Context(), "python3", append([]string{"testdata/models.py"}, want...)...).Output()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(modelsFile, extract, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for service, model := range models(t).Services {
		for operation := range model.Operations {
			got = append(got, service+":"+operation)
		}
	}
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s lacks (-) or needs not (+): go test ./infra/review -run '^TestModelsHoldWhatIsChecked$' -update\n%s", modelsFile, d)
	}
}

// The stand-ins for patterns that Go cannot say stand for something.
func TestPatterns(t *testing.T) {
	used := map[string]bool{}
	for _, s := range models(t).Services {
		for _, sh := range s.Shapes {
			used[sh.Pattern] = true
		}
	}
	for text := range lookaround {
		if !used[text] {
			t.Errorf("no model has the pattern %s any more", text)
		}
	}
}
