# JSON in plain Perl, because the smallest installations have no module for it. Objects are hashes, arrays are lists, true and
# false are \1 and \0, null is undef. Texts are characters; `encode_json` answers, and `decode_json` takes, bytes of UTF-8.
package Json;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT = qw(encode_json decode_json);

my %escapes = ('"' => '"', '\\' => '\\', '/' => '/', b => "\b", f => "\f", n => "\n", r => "\r", t => "\t");

sub encode_json {
    my $text = written($_[0]);
    utf8::encode($text);
    return $text;
}

sub decode_json {
    my $text = $_[0];
    utf8::decode($text) or die "not UTF-8\n";
    pos($text) = 0;
    my $value = parsed(\$text);
    $text =~ /\G\s*\z/ or die "more than one value\n";
    return $value;
}

sub written {
    my ($value) = @_;
    return 'null' unless defined $value;
    return '{' . join(',', map { quoted($_) . ':' . written($value->{$_}) } sort keys %$value) . '}' if ref $value eq 'HASH';
    return '[' . join(',', map { written($_) } @$value) . ']' if ref $value eq 'ARRAY';
    return $$value ? 'true' : 'false' if ref $value;
    no warnings 'numeric';
    my $number = length((my $none = '') & $value);    # Only a number leaves something behind.
    return $number ? $value : quoted($value);
}

sub quoted {
    my ($text) = @_;
    $text =~ s/(["\\\x00-\x1f])/sprintf '\\u%04x', ord $1/ge;
    return "\"$text\"";
}

sub parsed {
    my ($text) = @_;
    $$text =~ /\G\s*/gc;
    return object($text) if $$text =~ /\G\{/gc;
    return array($text)  if $$text =~ /\G\[/gc;
    return string($text) if $$text =~ /\G"/gc;
    return 0 + $1        if $$text =~ /\G(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)/gc;
    return \1            if $$text =~ /\Gtrue/gc;
    return \0            if $$text =~ /\Gfalse/gc;
    return undef         if $$text =~ /\Gnull/gc;
    die 'no value at ' . pos($$text) . "\n";
}

sub object {
    my ($text, %found) = @_;
    return {} if $$text =~ /\G\s*\}/gc;
    do {
        $$text =~ /\G\s*"/gc or die "no name\n";
        my $name = string($text);
        $$text =~ /\G\s*:/gc or die "no colon\n";
        $found{$name} = parsed($text);
    } while $$text =~ /\G\s*,/gc;
    $$text =~ /\G\s*\}/gc or die "no end of an object\n";
    return \%found;
}

sub array {
    my ($text, @found) = @_;
    return [] if $$text =~ /\G\s*\]/gc;
    do { push @found, parsed($text) } while $$text =~ /\G\s*,/gc;
    $$text =~ /\G\s*\]/gc or die "no end of an array\n";
    return \@found;
}

sub string {
    my ($text) = @_;
    $$text =~ /\G((?:[^"\\]|\\.)*)"/gcs or die "no end of a text\n";
    my $found = $1;
    $found =~ s/\\u(d[89ab]..)\\u(d[c-f]..)/chr(0x10000 + (hex($1) - 0xd800) * 0x400 + hex($2) - 0xdc00)/gie;
    $found =~ s/\\(?:u([0-9a-fA-F]{4})|(.))/defined $1 ? chr hex $1 : $escapes{$2}/ge;
    return $found;
}

1;
