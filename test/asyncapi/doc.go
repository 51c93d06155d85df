// Package asyncapi checks docs/asyncapi.json with AsyncAPI's own parser, an npm package.
package asyncapi
