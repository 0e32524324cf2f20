using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Sluice.TestKit.Simulators;

/// <summary>
/// A database's protocol over a store in memory, on a free port of 127.0.0.1, for databases of which no server can be had. A derived class says what the database
/// does; this one keeps what was asked, does the faults of a script, and holds every request and answer against the published contract where that is at hand:
/// what breaks it, and what fails in here, is thrown when the simulator is disposed of, so that the test fails.
/// </summary>
public abstract class DatabaseSimulator : IAsyncDisposable
{
    private readonly ConcurrentQueue<Exception> _failures = new();
    private readonly ContractValidator? _contract;
    private WebApplication? _application;

    /// <summary>Prepares it.</summary>
    /// <param name="contract">What requests and answers must keep to; null when the contracts are not at hand.</param>
    protected DatabaseSimulator(ContractValidator? contract) => _contract = contract;

    /// <summary>Scheme, address and port; no <c>/</c> at the end.</summary>
    public string Address { get; private set; } = "";

    /// <summary>The port of <see cref="Address"/>.</summary>
    public int Port => new Uri(Address).Port;

    /// <summary>The port that takes HTTP/2 without TLS, for gRPC; 0 when there is none.</summary>
    public int GrpcPort { get; private set; }

    /// <summary>What goes wrong.</summary>
    public FaultScript Faults { get; } = new();

    /// <summary>What was asked.</summary>
    public RequestLog Requests { get; } = new();

    /// <summary>What broke the contract so far: operation, place and reason.</summary>
    public ConcurrentQueue<string> Violations { get; } = new();

    /// <summary>Most bytes of a body; more is answered by <see cref="TooLarge"/>. Default 1 GiB: no limit.</summary>
    protected virtual long MaxBodyBytes => 1L << 30;

    /// <summary>Whether to listen on a second port for gRPC.</summary>
    protected virtual bool HasGrpc => false;

    /// <summary>Starts listening.</summary>
    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.Configure<HostOptions>(static options => options.ShutdownTimeout = TimeSpan.FromSeconds(2));
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = null;
            options.Limits.MinRequestBodyDataRate = null;
            options.Limits.MinResponseDataRate = null;
            options.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http1);
            if (HasGrpc)
            {
                options.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http2);
            }
        });
        _application = builder.Build();
        _application.Run(ServeAsync);
        await _application.StartAsync();
        var addresses = _application.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.ToList();
        Address = addresses[0];
        GrpcPort = HasGrpc ? new Uri(addresses[1]).Port : 0;
    }

    /// <summary>Throws when something broke the contract or failed in here; <see cref="DisposeAsync"/> does it too.</summary>
    /// <exception cref="SimulatorException">It did.</exception>
    public void ThrowIfBroken()
    {
        if (!Violations.IsEmpty || !_failures.IsEmpty)
        {
            throw new SimulatorException([.. Violations.Take(20)], [.. _failures.Take(5)]);
        }
    }

    /// <summary>Stops listening.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_application is { } application)
        {
            _application = null;
            await application.StopAsync();
            await application.DisposeAsync();
            await ReleaseAsync();
            GC.SuppressFinalize(this);
            ThrowIfBroken();
        }
    }

    internal static async Task SendAsync(HttpContext http, SimulatorAnswer answer)
    {
        http.Response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
        {
            http.Response.Headers[name] = value;
        }

        if (answer.ContentType is { } type)
        {
            http.Response.ContentType = type;
        }

        foreach (var (name, value) in answer.Trailers)
        {
            http.Response.AppendTrailer(name, value);
        }

        if (answer.Status is not (204 or 304) && answer.Trailers.Count == 0)
        {
            http.Response.ContentLength = answer.Body.Length;
        }

        if (http.Request.Method != "HEAD" && !answer.Body.IsEmpty)
        {
            await http.Response.Body.WriteAsync(answer.Body, http.RequestAborted);
        }
    }

    /// <summary>
    /// Answers a request in place of doing what it asks, which is then not looked at nor held against the contract: for measurements of who writes. Null, the default, and
    /// null from it, do what is asked.
    /// </summary>
    public Func<SimulatorRequest, SimulatorAnswer?>? Discard { get; set; }

    /// <summary>Does what is asked. Called by many at once.</summary>
    protected abstract Task<SimulatorAnswer> HandleAsync(SimulatorRequest request, CancellationToken cancellationToken);

    /// <summary>A request as the contract knows it: without what all operations take and none lists.</summary>
    protected virtual SimulatorRequest AsInContract(SimulatorRequest request) => request;

    /// <summary>Last change to an answer, after it was held against the contract.</summary>
    protected virtual SimulatorAnswer Shape(SimulatorRequest request, SimulatorAnswer answer) => answer;

    /// <summary>The answer to a body that is not JSON although it has to be.</summary>
    protected virtual SimulatorAnswer NotJson(SimulatorRequest request, JsonException exception) => SimulatorAnswer.Text(400, $"not JSON: {exception.Message}");

    /// <summary>The answer to a body over <see cref="MaxBodyBytes"/>.</summary>
    protected virtual SimulatorAnswer TooLarge(SimulatorRequest request) => SimulatorAnswer.Text(413, "payload too large");

    /// <summary>Serves a request on the gRPC port (HTTP/2); as all others, where it is not overridden.</summary>
    protected virtual Task ServeGrpcAsync(HttpContext http) => ServeRequestAsync(http);

    /// <summary>Gives back what a derived class holds, after the last request.</summary>
    protected virtual ValueTask ReleaseAsync() => ValueTask.CompletedTask;

    /// <summary>Notes something that a test must fail for.</summary>
    protected void Fail(Exception exception) => _failures.Enqueue(exception);

    private async Task ServeAsync(HttpContext http)
    {
        try
        {
            if (HttpProtocol.IsHttp2(http.Request.Protocol))
            {
                await ServeGrpcAsync(http);
            }
            else
            {
                await ServeRequestAsync(http);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or Microsoft.AspNetCore.Http.BadHttpRequestException)
        {
            http.Abort(); // The client went away, or the test is over.
        }
        catch (Exception exception)
        {
            Fail(exception);
            http.Abort();
        }
    }

    private async Task ServeRequestAsync(HttpContext http)
    {
        Requests.Begin();
        try
        {
            var request = await SimulatorRequest.ReadAsync(http);
            var fault = Faults.Take(request);
            var answer = fault is { Handles: false } ? null : await AnswerAsync(request, http.RequestAborted);
            Requests.Add(request, fault?.Status ?? answer!.Status, fault?.Name);
            await (fault is null ? SendAsync(http, answer!) : fault.ActAsync(new FaultContext(http, request, answer)));
        }
        finally
        {
            Requests.End();
        }
    }

    private async Task<SimulatorAnswer> AnswerAsync(SimulatorRequest request, CancellationToken cancellationToken)
    {
        if (request.Body.Length > MaxBodyBytes)
        {
            return TooLarge(request);
        }

        if (Discard?.Invoke(request) is { } discarded)
        {
            return discarded;
        }

        SimulatorAnswer answer;
        try
        {
            answer = await HandleAsync(request, cancellationToken);
        }
        catch (JsonException exception)
        {
            answer = NotJson(request, exception);
        }

        // A request that the database refuses may break the contract on purpose.
        var known = AsInContract(request);
        if (_contract?.ValidateAnswer(known, answer) is { } wrongAnswer)
        {
            Violations.Enqueue(wrongAnswer);
        }

        if (answer.Status < 400 && _contract?.ValidateRequest(known) is { } wrongRequest)
        {
            Violations.Enqueue(wrongRequest);
        }

        return Shape(request, answer);
    }
}
