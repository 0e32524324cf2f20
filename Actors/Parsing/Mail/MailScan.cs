using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Mail;

/// <summary>
/// Counts what the MIME parser makes an object of, headers and parts, before it does: a message of nothing but boundaries would take a hundred times its size in
/// memory.
/// </summary>
internal static class MailScan
{
    /// <summary>Most headers, and most parts.</summary>
    public const int Most = 100_000;

    private const int FreeBytes = 512 * 1024;

    /// <summary>Reads the message once.</summary>
    /// <param name="stream">The message; its position is moved.</param>
    /// <param name="cancellationToken">Ends reading.</param>
    /// <exception cref="DocumentRejectedException">There are too many.</exception>
    public static void Check(Stream stream, CancellationToken cancellationToken)
    {
        if (stream.Length <= FreeBytes)
        {
            return;
        }

        stream.Position = 0;
        var buffer = new byte[64 * 1024];
        var state = new LineState();
        int read;
        while ((read = stream.Read(buffer)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            state.Scan(buffer.AsSpan(0, read));
            if (state.Headers > Most || state.Boundaries > Most)
            {
                throw new DocumentRejectedException(Rejection.Dead(Reasons.Bomb, $"the message has more than {Most:N0} headers or parts"));
            }
        }
    }

    private sealed class LineState
    {
        private readonly byte[] _start = new byte[128];
        private int _length;
        private bool _inHeaders = true;
        private bool _headersFollow;

        public int Headers { get; private set; }

        public int Boundaries { get; private set; }

        public void Scan(ReadOnlySpan<byte> bytes)
        {
            while (!bytes.IsEmpty)
            {
                var end = bytes.IndexOf((byte)'\n');
                var piece = end < 0 ? bytes : bytes[..end];
                var kept = Math.Min(piece.Length, _start.Length - _length);
                piece[..kept].CopyTo(_start.AsSpan(_length));
                _length += kept;
                if (end < 0)
                {
                    return;
                }

                EndLine(_start.AsSpan(0, _length).TrimEnd((byte)'\r'));
                _length = 0;
                bytes = bytes[(end + 1)..];
            }
        }

        private void EndLine(ReadOnlySpan<byte> line)
        {
            if (line.IsEmpty)
            {
                // The headers of an attached message follow the blank line that ends those of its part.
                _inHeaders = _inHeaders && _headersFollow;
                _headersFollow = false;
            }
            else if (line.StartsWith("--"u8))
            {
                Boundaries++;
                _inHeaders = true;
                _headersFollow = false;
            }
            else if (_inHeaders)
            {
                Headers++;
                _headersFollow |= System.Text.Ascii.ToLower(line, _lower, out var length) == System.Buffers.OperationStatus.Done
                    && _lower.AsSpan(0, length).IndexOf("message/"u8) >= 0;
            }
        }

        private readonly byte[] _lower = new byte[128];
    }
}
