// Command sallyport deploys a secured WebSocket on AWS. `pulumi up` runs it.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/infra"
)

func main() {
	pulumi.Run(infra.Program)
}
