using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Sluice.TestKit.Http;

/// <summary>A web server on a free loopback port that answers as a test says, and keeps what it was asked.</summary>
public sealed class LoopbackServer : IAsyncDisposable
{
    private readonly HttpListener _listener;
    private readonly Func<HttpListenerContext, Task> _answer;
    private readonly ConcurrentQueue<Exception> _failures = new();
    private readonly Task _loop;

    public LoopbackServer(Func<HttpListenerContext, Task> answer)
    {
        _answer = answer;
        (_listener, Address) = Listen();
        _loop = ServeAsync();
    }

    /// <summary>Answers at an address that an earlier server had: the same one, back again.</summary>
    public LoopbackServer(Func<HttpListenerContext, Task> answer, string address)
    {
        _answer = answer;
        _listener = new HttpListener();
        _listener.Prefixes.Add(address);
        _listener.Start();
        Address = address;
        _loop = ServeAsync();
    }

    /// <summary>Its address, with a <c>/</c> at the end.</summary>
    public string Address { get; }

    /// <summary>Method and path of each request so far.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Writes a whole answer.</summary>
    public static async Task WriteAsync(HttpListenerContext context, int status, string body, string type = "text/plain; charset=utf-8")
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(body);
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.ContentLength64 = bytes.Length;
        if (context.Request.HttpMethod != "HEAD")
        {
            await context.Response.OutputStream.WriteAsync(bytes);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        _listener.Close();
        await _loop;
        if (!_failures.IsEmpty)
        {
            throw new AggregateException("the test's own server failed", _failures);
        }
    }

    private static (HttpListener Listener, string Address) Listen()
    {
        for (var attempt = 0; ; attempt++)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            var address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/";
            probe.Stop();
            var listener = new HttpListener();
            listener.Prefixes.Add(address);
            try
            {
                listener.Start();
                return (listener, address);
            }
            catch (HttpListenerException) when (attempt < 20)
            {
                listener.Close(); // Someone took the port in between.
            }
        }
    }

    private async Task ServeAsync()
    {
        var open = new List<Task>();
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                break; // Stopped.
            }

            Requests.Enqueue($"{context.Request.HttpMethod} {context.Request.RawUrl}");
            open.Add(AnswerAsync(context));
        }

        await Task.WhenAll(open);
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            await _answer(context);
            context.Response.Close();
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or IOException or InvalidOperationException)
        {
            context.Response.Abort(); // The client went away, which some tests want; or the answer was cut short on purpose.
        }
        catch (Exception exception)
        {
            _failures.Enqueue(exception);
            context.Response.Abort();
        }
    }
}
