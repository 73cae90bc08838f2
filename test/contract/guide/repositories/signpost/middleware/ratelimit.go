package middleware

import (
	"net"
	"net/http"
	"sync"
	"time"

	"example.org/signpost"
)

// bucket is what one client may still spend.
type bucket struct {
	tokens float64
	last   time.Time
}

// Limiter hands out tokens to clients, by address.
type Limiter struct {
	mu      sync.Mutex
	rate    float64
	burst   float64
	buckets map[string]*bucket
	now     func() time.Time
}

// NewLimiter allows rate requests a second, and burst at once.
func NewLimiter(rate, burst float64) *Limiter {
	return &Limiter{rate: rate, burst: burst, buckets: make(map[string]*bucket), now: time.Now}
}

// Allow takes a token, if there is one.
func (l *Limiter) Allow(client string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	b, ok := l.buckets[client]
	if !ok {
		b = &bucket{tokens: l.burst, last: now}
		l.buckets[client] = b
	}
	// Refill for the time that went by.
	b.tokens = min(l.burst, b.tokens+now.Sub(b.last).Seconds()*l.rate)
	b.last = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// RateLimit answers 429 to clients that ask too often.
func RateLimit(l *Limiter) signpost.Middleware {
	return func(next signpost.Handler) signpost.Handler {
		return func(c *signpost.Context) error {
			if !l.Allow(clientAddress(c.Request)) {
				c.Writer.Header().Set("Retry-After", "1")
				return &signpost.HTTPError{Status: http.StatusTooManyRequests, Message: "slow down"}
			}
			return next(c)
		}
	}
}

func clientAddress(req *http.Request) string {
	host, _, err := net.SplitHostPort(req.RemoteAddr)
	if err != nil {
		return req.RemoteAddr
	}
	return host
}
