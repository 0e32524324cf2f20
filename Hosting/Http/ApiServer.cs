using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Telemetry;
using Sluice.Streams.Failures;

namespace Sluice.Hosting.Http;

/// <summary>The HTTP server: API, page, health, metrics. On loopback it may do without tokens; anywhere else it does not start without one.</summary>
internal sealed class ApiServer : IAsyncDisposable
{
    /// <summary>Most bytes of a body.</summary>
    public const int MaxBody = 64 * 1024;

    private readonly WebApplication _application;
    private readonly EventHub? _events;

    private ApiServer(WebApplication application, EventHub? events, string address)
    {
        _application = application;
        _events = events;
        Address = address;
    }

    /// <summary>Where it is, as a URL that ends in a slash.</summary>
    public string Address { get; }

    /// <summary>Starts it.</summary>
    /// <param name="parts">What it is made of.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The server; the caller disposes it.</returns>
    /// <exception cref="ConfigurationException">The address is malformed, taken, or not loopback and there is no token.</exception>
    public static async Task<ApiServer> StartAsync(ApiServerParts parts, CancellationToken cancellationToken)
    {
        var text = parts.Listen.StartsWith("localhost:", StringComparison.Ordinal) ? "127.0.0.1" + parts.Listen["localhost".Length..] : parts.Listen;
        if (!text.Contains(':', StringComparison.Ordinal) || !IPEndPoint.TryParse(text, out var endpoint))
        {
            throw new ConfigurationException($"{parts.Setting} = {parts.Listen}: write an IP address and a port, for example 127.0.0.1:7070 or 0.0.0.0:7070.");
        }

        var (ip, port) = (endpoint.Address, endpoint.Port);
        if (!IPAddress.IsLoopback(ip) && !parts.Tokens.AreNeeded)
        {
            throw new ConfigurationException(
                $"{parts.Setting} = {parts.Listen} can be reached from other machines, and there is no token: whoever reaches it could read and steer everything. "
                + $"Set {ApiTokens.ControlVariable} (and {ApiTokens.ReadVariable} for those who only look), or sluice.http.control-token-file; or listen on 127.0.0.1.");
        }

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, ip, port, parts.Options));
        builder.Services.AddSingleton(parts.Loggers);
        builder.Services.AddSingleton<Microsoft.Extensions.Hosting.IHostLifetime, OwnersLifetime>();
        builder.Services.AddRoutingCore();
        TelemetryHost.AddScraping(builder.Services);
        var application = builder.Build();
        var logger = parts.Loggers.CreateLogger<ApiServer>();
        var events = parts.Room is null ? null : new EventHub(parts.Room, parts.Options.MaxEventStreams, logger, parts.Time);
        var guard = new RequestGuard(Names(ip), parts.Options.HostNames, parts.Tokens, parts.Room is null ? PageFiles.None : new PageFiles(), logger);
        application.UseRouting();
        application.Use(guard.HandleAsync);
        Map(application, new ApiRoute("GET", "/healthz", ApiAccess.None, "Whether the process lives", static context => context.Response.WriteAsync("alive\n")));
        Map(application, new ApiRoute("GET", "/readyz", ApiAccess.None, "Whether it can do its work", context => CheckAsync(context, parts.Check)));
        if (parts.Telemetry is not null)
        {
            parts.Telemetry.Map(application).WithMetadata(new ApiRoute("GET", "/metrics", ApiAccess.Read, "Metrics", static _ => Task.CompletedTask));
        }

        foreach (var route in parts.Room is null ? [] : new ApiRoutes(parts.Room, events!, parts.Tokens, parts.Embeddings?.Build() ?? []).Build())
        {
            Map(application, route);
        }

        try
        {
            await application.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw new ConfigurationException($"{parts.Setting}: the server cannot listen on {parts.Listen}: {exception.Message.TrimEnd('.')}. Name another port (0 takes a free one), or stop what has it.", exception);
        }

        var bound = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new ApiServer(application, events, bound.TrimEnd('/') + "/");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_events is not null)
        {
            await _events.DisposeAsync().ConfigureAwait(false);
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        await _application.StopAsync(patience.Token).ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
    }

    private static void Configure(KestrelServerOptions kestrel, IPAddress ip, int port, HttpOptions options)
    {
        kestrel.Listen(ip, port, static listen => listen.Protocols = HttpProtocols.Http1);
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = MaxBody;
        kestrel.Limits.MaxRequestLineSize = 8 * 1024;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        kestrel.Limits.MaxRequestHeaderCount = 64;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        kestrel.Limits.MaxConcurrentUpgradedConnections = 0;
    }

    private static void Map(WebApplication application, ApiRoute route) =>
        application.MapMethods(route.Pattern, [route.Method], new RequestDelegate(route.Handle)).WithMetadata(route).WithDisplayName($"{route.Method} {route.Pattern}");

    private static IEnumerable<string> Names(IPAddress ip) => ip switch
    {
        _ when ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any) => LocalAddresses.Read(),
        _ when IPAddress.IsLoopback(ip) => ["127.0.0.1", "::1"],
        _ => [ip.ToString()],
    };

    private static async Task CheckAsync(HttpContext context, Func<CancellationToken, Task<(bool Ready, string State)>> check)
    {
        var (ready, state) = await check(context.RequestAborted).ConfigureAwait(false);
        context.Response.StatusCode = ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        await context.Response.WriteAsync(state + "\n", context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Signals are the program's business.</summary>
    private sealed class OwnersLifetime : Microsoft.Extensions.Hosting.IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
