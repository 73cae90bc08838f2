# A plugin on the frames themselves: written from docs/protocol.md alone, with nothing but Perl.
use strict;
use warnings;
use lib '.';    # The host starts a plugin in the folder of its package.
use Json;

binmode $_ for *STDIN, *STDOUT;
$| = 1;

my $next = 0;
my (%waiting, %working);    # What answers to my requests do, by their ids; the calls that I am at, by theirs.
my (@heard, @asked);
my (%streams, $window);     # Results that go out in pieces, by their tokens; how many pieces may be on their way.

# --- The frames: a header that counts bytes, an empty line, a body of JSON.

sub receive {
    my $length;
    while (defined(my $line = <STDIN>)) {
        $line =~ s/\r?\n\z//;
        if ($line eq '') {
            next unless defined $length;
            my $body = '';
            while (length $body < $length) {
                read(STDIN, $body, $length - length $body, length $body) or return;
            }
            return decode_json($body);
        }
        $length = $1 if $line =~ /^Content-Length:\s*(\d+)$/i;
    }
    return;    # The host is gone.
}

sub send_message {
    my $body = encode_json({ jsonrpc => '2.0', @_ });
    print 'Content-Length: ', length $body, "\r\n\r\n", $body;
}

sub answer {
    my ($id, $result) = @_;
    delete $working{$id};
    send_message(id => $id, result => $result);
}

sub refuse {
    my ($id, $code, $kind, $text) = @_;
    delete $working{$id};
    send_message(id => $id, error => { code => $code, message => $text, data => { kind => $kind } });
}

# Asks the host; `then` is called with the result, or with nothing and the error.
sub ask {
    my ($method, $params, $then) = @_;
    my $id = ++$next;
    $waiting{$id} = $then;
    send_message(id => $id, method => $method, params => $params);
}

# What a call leads to carries its id, so that the host knows where it belongs and who asked for it.
sub inside { my ($call) = @_; return (_meta => { callId => $call->{_meta}{callId} }) }

# --- What I offer.

my %offers = (
    count => sub {
        my ($id, $call) = @_;
        my $words = () = $call->{args}{text} =~ /\S+/g;
        add($id, $call, $words);
    },
    ask => sub {
        my ($id, $call) = @_;
        my ($to, $name) = split m{/}, $call->{args}{offer} // '', 2;
        my $params = { to => { plugin => $to }, name => $name, args => $call->{args}{args} // {}, inside($call) };
        ask('call', $params, sub {
            my ($result, $error) = @_;
            return answer($id, { result => $result }) unless $error;
            answer($id, { kind => $error->{data}{kind}, code => $error->{code}, message => $error->{message} });
        });
    },
    wait => sub {
        my ($id, $call) = @_;
        my $token = $call->{_meta}{progressToken};
        send_message(method => '$/progress', params => { token => $token, value => { message => 'waiting', percentage => 50 } })
            if defined $token;
    },
    spell => sub {
        my ($id, $call) = @_;
        my @letters = split //, $call->{args}{text};
        my $token = $call->{_meta}{progressToken};
        return answer($id, { letters => scalar @letters }) unless defined $token;    # Nobody wants pieces.
        $streams{$token} = { id => $id, left => \@letters, sent => 0, consumed => 0 };
        flow($token);
    },
    heard => sub {
        my ($id) = @_;
        answer($id, { heard => \@heard, asked => \@asked });
    },
);

# Adds to the sum in the state; where somebody else was faster, again with the value of now.
sub add {
    my ($id, $call, $words) = @_;
    ask('state/get', { key => 'sum' }, sub {
        my ($kept, $failed) = @_;
        return refuse($id, $failed->{code}, $failed->{data}{kind}, $failed->{message}) if $failed;
        my $sum = ($kept->{value} // 0) + $words;
        ask('state/set', { key => 'sum', value => $sum, ifRev => $kept->{rev} }, sub {
            my ($set, $error) = @_;
            return add($id, $call, $words) if $error && $error->{data}{kind} eq 'conflict';
            return refuse($id, $error->{code}, $error->{data}{kind}, $error->{message}) if $error;
            ask('publish', { topic => 'words.counted', data => { words => $words, sum => $sum }, inside($call) }, sub {
                answer($id, { words => $words, sum => $sum });
            });
        });
    });
}

# Sends pieces as far as the reader has room for them, and the answer after the last.
sub flow {
    my ($token) = @_;
    my $stream = $streams{$token} or return;
    while (@{ $stream->{left} }) {
        return if $stream->{sent} - $stream->{consumed} >= $window;
        my $letter = shift @{ $stream->{left} };
        send_message(method => '$/progress', params => { token => $token, value => { partial => $letter } });
        $stream->{sent}++;
    }
    answer($stream->{id}, { letters => $stream->{sent} });
    delete $streams{$token};
}

# --- What the host says.

my %handlers = (
    initialize => sub {
        my ($id, $params) = @_;
        $window = $params->{limits}{streamCount};
        answer($id, {
            protocolVersion => 1,
            plugin          => { name => 'raw-perl' },
            capabilities    => { progress => \1, streaming => \1, state => \1, intercepts => \1 },
            subscriptions   => [{ handle => 'words', topic => 'words.>', whenSlow => 'ack' }],
            intercepts      => [{ handle => 'polite', point => 'tool', match => '*/shout' }],
        });
    },
    call => sub {
        my ($id, $call) = @_;
        my $offer = $offers{ $call->{name} } or return refuse($id, -33004, 'notFound', "There is no $call->{name} here.");
        $working{$id} = 1;
        $offer->($id, $call);
    },
    deliver => sub {
        my ($id, $params) = @_;
        push @heard, map { { topic => $_->{type}, from => $_->{source}, data => $_->{data} } } @{ $params->{events} };
        answer($id, undef) if defined $id;    # The answer is the credit for more.
    },
    intercept => sub {
        my ($id, $params) = @_;
        my $subject = $params->{subject};
        push @asked, "$params->{phase} $subject->{plugin}/$subject->{name}";
        my $text = $subject->{args}{text} // '';
        return answer($id, { decision => 'deny', reason => 'That is no word to shout.' }) if $text =~ /bother/;
        return answer($id, { decision => 'allow', updated => { args => { %{ $subject->{args} }, text => "$text, please" } } });
    },
    '$/credit' => sub {
        my (undef, $params) = @_;
        my $stream = $streams{ $params->{token} } or return;
        $stream->{consumed} = $params->{consumed} if $params->{consumed} > $stream->{consumed};
        flow($params->{token});
    },
    '$/cancelRequest' => sub {
        my (undef, $params) = @_;
        delete $streams{$_} for grep { $streams{$_}{id} eq $params->{id} } keys %streams;
        refuse($params->{id}, -32800, 'cancelled', 'It was cancelled.') if $working{ $params->{id} };
    },
    shutdown => sub {
        my ($id) = @_;
        refuse($_, -33005, 'unavailable', 'The plugin leaves.') for keys %working;
        answer($id, undef);
    },
    '$/ping' => sub { answer($_[0], undef) },
    exit     => sub { exit 0 },
);

while (my $message = receive()) {
    my ($id, $method) = @{$message}{qw(id method)};
    if (defined $method) {
        my $handler = $handlers{$method};
        if ($handler) { $handler->($id, $message->{params} // {}) }
        elsif (defined $id) { refuse($id, -32601, 'methodNotFound', "There is no method $method here.") }
    }
    elsif (my $then = delete $waiting{$id}) {
        $then->($message->{result}, $message->{error});
    }
}
