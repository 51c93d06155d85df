package main

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// keys are made anew for each run, so that no web page that the developer looks
// at can know them: a presigned URL needs nothing that browsers would ask for.
type keys struct {
	user aws.Credentials // for whoever reads the credentials file
	role aws.Credentials // the function's, with a session token as on AWS
}

// newKeys returns keys that nobody can take for those of AWS.
func newKeys() keys {
	k := keys{user: newKey("LOCALUSER"), role: newKey("LOCALROLE")}
	k.role.SessionToken = rand.Text()
	return k
}

func newKey(prefix string) aws.Credentials {
	var secret [30]byte
	_, _ = rand.Read(secret[:]) // never fails
	const length = 20           // as of AWS's
	return aws.Credentials{
		AccessKeyID:     (prefix + rand.Text())[:length],
		SecretAccessKey: base64.StdEncoding.EncodeToString(secret[:]),
	}
}

// credentialsFile is where the user's key is written: beside the outputs.
func (s settings) credentialsFile() string {
	return filepath.Join(filepath.Dir(s.outputs), "credentials")
}

// writeCredentials writes a key to file, for AWS_SHARED_CREDENTIALS_FILE.
// Nobody else on this machine may read it.
func writeCredentials(file string, key aws.Credentials) error {
	text := fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n", key.AccessKeyID, key.SecretAccessKey)
	return writeWhole(file, []byte(text))
}
