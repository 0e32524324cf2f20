using System.Buffers;
using System.Net.Http.Headers;
using System.Text;

namespace Sluice.Actors.Sinks.Http;

/// <summary>A database's whole answer, in a pooled buffer until it is disposed.</summary>
internal sealed class SinkResponse : IDisposable
{
    private byte[] _bytes;
    private readonly int _length;

    private SinkResponse(HttpResponseMessage response, byte[] bytes, int length, TimeSpan? retryAfter)
    {
        (_bytes, _length) = (bytes, length);
        Status = (int)response.StatusCode;
        Headers = response.Headers;
        MediaType = response.Content.Headers.ContentType?.MediaType;
        RetryAfter = retryAfter;
    }

    public int Status { get; }

    public bool IsSuccess => Status is >= 200 and < 300;

    public HttpResponseHeaders Headers { get; }

    public string? MediaType { get; }

    /// <summary>How long it asks to be left alone: Retry-After, given in seconds or as a date.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>The bytes; gone when this is disposed.</summary>
    public ReadOnlyMemory<byte> Body => _bytes.AsMemory(0, _length);

    /// <summary>The beginning of the body as text, on one line.</summary>
    /// <param name="max">Most characters.</param>
    public string Text(int max = 600)
    {
        var text = Encoding.UTF8.GetString(_bytes.AsSpan(0, Math.Min(_length, max * 4)));
        var line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= max ? line : line[..max] + "…";
    }

    public void Dispose()
    {
        var bytes = _bytes;
        _bytes = [];
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Reads an answer to its end.</summary>
    /// <param name="response">The answer, its head read.</param>
    /// <param name="max">Most bytes; what is more is left unread.</param>
    /// <param name="cut">Whether a longer body is cut; a <see cref="TooLongException"/> otherwise.</param>
    /// <param name="time">The clock, for Retry-After as a date.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<SinkResponse> ReadAsync(HttpResponseMessage response, int max, bool cut, TimeProvider time, CancellationToken cancellationToken)
    {
        var bytes = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(response.Content.Headers.ContentLength ?? 4_096, 256, Math.Min(max, 16 << 20)));
        try
        {
            var length = 0;
            var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                while (await stream.ReadAsync(bytes.AsMemory(length), cancellationToken).ConfigureAwait(false) is var read and > 0)
                {
                    length += read;
                    if (length > max)
                    {
                        length = cut ? max : throw new TooLongException($"its answer is longer than {max} bytes (sluice.sinks.http.max-response-bytes)");
                        break;
                    }

                    if (length == bytes.Length)
                    {
                        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(2L * length, Array.MaxLength));
                        bytes.AsSpan(0, length).CopyTo(larger);
                        ArrayPool<byte>.Shared.Return(bytes);
                        bytes = larger;
                    }
                }
            }

            return new SinkResponse(response, bytes, length, RetryAfterOf(response, time));
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(bytes);
            throw;
        }
    }

    /// <summary>An answer is longer than allowed: asking again does not help, as it does where one arrives damaged.</summary>
    public sealed class TooLongException(string message) : Exception(message);

    /// <summary>What an answer says about waiting: Retry-After, given in seconds or as a date; null where it says nothing.</summary>
    public static TimeSpan? RetryAfterOf(HttpResponseMessage response, TimeProvider time)
    {
        var asked = response.Headers.RetryAfter;
        var wait = asked?.Delta ?? (asked?.Date is { } date ? date - time.GetUtcNow() : null);
        return wait > TimeSpan.Zero ? wait : null;
    }
}
