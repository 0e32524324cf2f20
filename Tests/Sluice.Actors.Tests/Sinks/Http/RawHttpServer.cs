using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Sluice.Actors.Tests.Sinks.Http;

/// <summary>A server that answers each connection's requests with the bytes it is told, or with nothing, or with a reset.</summary>
internal sealed class RawHttpServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<string, byte[], Answer> _answer;
    private readonly X509Certificate2? _certificate;
    private readonly Task _serving;

    /// <summary>Starts it.</summary>
    /// <param name="answer">Gives the answer to a request, from its head and body.</param>
    /// <param name="certificate">Its certificate; null for plain HTTP.</param>
    public RawHttpServer(Func<string, byte[], Answer> answer, X509Certificate2? certificate = null)
    {
        (_answer, _certificate) = (answer, certificate);
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public List<string> Heads { get; } = [];

    public List<byte[]> Bodies { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving; // Before the listener stops: one that has stopped refuses to accept, with another exception.
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using (var stream = await OpenAsync(socket))
            {
                while (await ReadHeadAsync(stream) is { } head)
                {
                    var length = head.Split("\r\n").Where(static line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)).Select(static line => int.Parse(line[15..], System.Globalization.CultureInfo.InvariantCulture)).FirstOrDefault();
                    var early = _answer(head, []);
                    if (early.ResetAfter is { } bytes)
                    {
                        await stream.ReadExactlyAsync(new byte[Math.Min(bytes, length)], _stop.Token);
                        socket.LingerState = new LingerOption(true, 0);
                        socket.Close();
                        return;
                    }

                    var body = new byte[length];
                    await stream.ReadExactlyAsync(body, _stop.Token);
                    lock (Heads)
                    {
                        Heads.Add(head);
                        Bodies.Add(body);
                    }

                    if (early.Silent)
                    {
                        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _stop.Token);
                    }

                    await stream.WriteAsync(Encoding.Latin1.GetBytes(early.Text), _stop.Token);
                    await stream.FlushAsync(_stop.Token);
                    if (early.Close)
                    {
                        return;
                    }
                }
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or SocketException or System.Security.Authentication.AuthenticationException)
        {
            // The client went away, or the test is over.
        }
    }

    private async Task<Stream> OpenAsync(Socket socket)
    {
        var plain = new NetworkStream(socket, ownsSocket: true);
        if (_certificate is null)
        {
            return plain;
        }

        var tls = new SslStream(plain);
        await tls.AuthenticateAsServerAsync(_certificate);
        return tls;
    }

    private async Task<string?> ReadHeadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (await stream.ReadAsync(one, _stop.Token) == 1)
        {
            head.Append((char)one[0]);
            if (head.Length >= 4 && head.ToString(head.Length - 4, 4) == "\r\n\r\n")
            {
                return head.ToString();
            }
        }

        return null;
    }

    internal sealed record Answer(string Text)
    {
        public bool Silent { get; init; }

        public bool Close { get; init; }

        /// <summary>Resets the connection after so many bytes of the body.</summary>
        public int? ResetAfter { get; init; }

        public static Answer Of(int status, string body = "", params string[] headers) =>
            new($"HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n{string.Concat(headers.Select(static header => header + "\r\n"))}\r\n{body}");
    }
}
