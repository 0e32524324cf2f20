using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Sluice.TestKit.Models;

namespace Sluice.Dashboard.Tests.Runs;

/// <summary>
/// Serves the page's own files with answers on paper: the examples of docs/api.md, altered as a test says. For states that no run can be brought into at will: thousands
/// of nodes, numbers beyond reason, an accounting that does not add up, hours of events in a minute.
/// </summary>
internal sealed partial class PaperServer : IAsyncDisposable
{
    private static readonly string s_files = Path.Combine(Repository.Root, "Hosting", "Dashboard", "wwwroot");
    private readonly Dictionary<string, JsonNode> _answers = Examples();
    private readonly Channel<string> _events = Channel.CreateUnbounded<string>();
    private readonly ConcurrentQueue<string> _posted = new();
    private readonly WebApplication _application;

    private PaperServer(WebApplication application) => _application = application;

    /// <summary>Where the page is.</summary>
    public Uri Address => new(_application.Urls.First());

    /// <summary>An answer, to be altered before the page asks: access, overview, jobs, nodes, dead-letters, search.</summary>
    public JsonNode this[string name] => _answers[name];

    /// <summary>What the page has posted: paths below the API, with their queries.</summary>
    public IReadOnlyCollection<string> Posted => _posted;

    /// <summary>Starts on a free port.</summary>
    public static async Task<PaperServer> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var application = builder.Build();
        var server = new PaperServer(application);
        application.Run(server.AnswerAsync);
        await application.StartAsync();
        return server;
    }

    /// <summary>Says events to the page that listens, or will.</summary>
    public void Say(string events) => _events.Writer.TryWrite(events);

    /// <summary>Says the overview as it is now.</summary>
    public void SayOverview() => Say(Overview(1));

    /// <summary>The overview as an event.</summary>
    public string Overview(long sequence) => $"id: {sequence}\nevent: overview\ndata: {_answers["overview"].ToJsonString()}\n\n";

    public async ValueTask DisposeAsync()
    {
        _events.Writer.Complete();
        await _application.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "/";
        if (path == "/api/v1/events")
        {
            await TellAsync(context);
        }
        else if (HttpMethods.IsPost(context.Request.Method))
        {
            _posted.Enqueue(path["/api/v1/".Length..] + context.Request.QueryString);
            context.Response.StatusCode = StatusCodes.Status202Accepted;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(_answers["jobs"]["items"]![0]!.ToJsonString());
        }
        else if (path.StartsWith("/api/v1/", StringComparison.Ordinal))
        {
            var known = _answers.TryGetValue(path["/api/v1/".Length..], out var answer);
            context.Response.StatusCode = known ? StatusCodes.Status200OK : StatusCodes.Status404NotFound;
            context.Response.ContentType = known ? "application/json" : "application/problem+json";
            await context.Response.WriteAsync((answer ?? _answers["problem"]).ToJsonString());
        }
        else
        {
            var file = Path.Combine(s_files, path == "/" ? "index.html" : path[1..]);
            context.Response.StatusCode = File.Exists(file) ? StatusCodes.Status200OK : StatusCodes.Status404NotFound;
            context.Response.ContentType = MediaType(file);
            await context.Response.WriteAsync(File.Exists(file) ? await File.ReadAllTextAsync(file) : "");
        }
    }

    private async Task TellAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.Body.FlushAsync();
        try
        {
            await foreach (var events in _events.Reader.ReadAllAsync(context.RequestAborted))
            {
                await context.Response.WriteAsync(events);
                await context.Response.Body.FlushAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The page is closed.
        }
    }

    private static string MediaType(string file) => Path.GetExtension(file) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    };

    private static Dictionary<string, JsonNode> Examples()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "api.md"), Encoding.UTF8);
        return Example.Matches(text).ToDictionary(static match => match.Groups["name"].Value, static match => JsonNode.Parse(match.Groups["json"].Value)!, StringComparer.Ordinal);
    }

    [GeneratedRegex(@"^```json (?<name>[\w-]+)\n(?<json>.*?)^```", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.Multiline | RegexOptions.Singleline, matchTimeoutMilliseconds: 2000)]
    private static partial Regex Example { get; }
}
