package review

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

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

// The extract is what models.py makes of botocore. Without the botocore of the
// same version there is nothing to compare with.
func TestModelsAreBotocores(t *testing.T) {
	operations := map[string]bool{}
	for _, calls := range callsOf {
		for _, c := range calls {
			operations[c.service+":"+c.operation] = true
		}
	}
	var args []string
	for o := range operations {
		args = append(args, o)
	}
	slices.Sort(args)
	version, err := exec.CommandContext(t.Context(), "python3", "-c", "import botocore; print(botocore.__version__)").Output()
	if err != nil {
		t.Skipf("no botocore here (pip install botocore): %v", err)
	}
	if have := strings.TrimSpace(string(version)); !*update && have != models(t).Version {
		t.Skipf("botocore here is %s, the extract is of %s", have, models(t).Version)
	}
	got, err := exec.CommandContext(t.Context(), "python3", append([]string{"testdata/models.py"}, args...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(modelsFile, got, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(modelsFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("models.py makes something else than %s: go test ./infra/review -run '^TestModelsAreBotocores$' -update", modelsFile)
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
