package signpost

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// maxBodyBytes is the most that Bind reads of a request.
const maxBodyBytes = 1 << 20

// Param is a named part of the path.
type Param struct {
	Key   string
	Value string
}

// Params are the named parts in the order of the pattern.
type Params []Param

// Context carries a request through its handlers.
type Context struct {
	Writer  http.ResponseWriter
	Request *http.Request
	params  Params
}

// Param gives the value of a named part, or an empty string.
func (c *Context) Param(key string) string {
	for _, p := range c.params {
		if p.Key == key {
			return p.Value
		}
	}
	return ""
}

// IntParam is Param for numbers. Anything else is a 400.
func (c *Context) IntParam(key string) (int, error) {
	value, err := strconv.Atoi(c.Param(key))
	if err != nil {
		return 0, &HTTPError{http.StatusBadRequest, fmt.Sprintf("%s must be a number", key)}
	}
	return value, nil
}

// Text sends plain text.
func (c *Context) Text(status int, body string) error {
	c.Writer.Header().Set("Content-Type", "text/plain; charset=utf-8")
	c.Writer.WriteHeader(status)
	_, err := io.WriteString(c.Writer, body)
	return err
}

// JSON sends a value in JSON.
func (c *Context) JSON(status int, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	c.Writer.Header().Set("Content-Type", "application/json")
	c.Writer.WriteHeader(status)
	_, err = c.Writer.Write(data)
	return err
}

// Bind decodes the JSON body of the request into target.
func (c *Context) Bind(target any) error {
	decoder := json.NewDecoder(http.MaxBytesReader(c.Writer, c.Request.Body, maxBodyBytes))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(target); err != nil {
		return &HTTPError{http.StatusBadRequest, "the body is not valid: " + err.Error()}
	}
	return nil
}
