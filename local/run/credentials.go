package run

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// keys are the AWS keys and the secret of one run. They are random, so that a web page that the developer
// visits cannot know them: a browser sends a presigned URL without a CORS preflight.
type keys struct {
	user aws.Credentials // for users of the credentials file
	role aws.Credentials // for the function, with a session token as on AWS
	site string          // the secret that the site adds to its requests to the APIs
}

// newKeys returns keys whose IDs differ visibly from those of AWS.
func newKeys() keys {
	k := keys{user: newKey("LOCALUSER"), role: newKey("LOCALROLE"), site: rand.Text() + rand.Text()}
	k.role.SessionToken = rand.Text()
	return k
}

func newKey(prefix string) aws.Credentials {
	var secret [30]byte
	_, _ = rand.Read(secret[:]) // never fails
	const length = 20           // the length of an AWS access key ID
	return aws.Credentials{
		AccessKeyID:     (prefix + rand.Text())[:length],
		SecretAccessKey: base64.StdEncoding.EncodeToString(secret[:]),
	}
}

// writeCredentials writes a key to file, in the format of AWS_SHARED_CREDENTIALS_FILE. Only
// the owner can read the file.
func writeCredentials(file string, key aws.Credentials) error {
	text := fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n", key.AccessKeyID, key.SecretAccessKey)
	return writeFile(file, []byte(text))
}
