using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Sluice.Cluster.Joining;
using Sluice.Streams.Failures;

namespace Sluice.Hosting.Http;

/// <summary>The health checks of a node: <c>/healthz</c> answers while the process lives, <c>/readyz</c> answers 200 when it is a member and its jobs run, else 503.</summary>
internal sealed class HealthServer : IAsyncDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);
    private readonly WebApplication _application;

    private HealthServer(WebApplication application) => _application = application;

    /// <summary>Starts it.</summary>
    /// <param name="address">host:port.</param>
    /// <param name="node">The node, once it has joined; null before.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The server; the caller disposes it.</returns>
    /// <exception cref="ConfigurationException">The address is malformed or taken.</exception>
    public static async Task<HealthServer> StartAsync(string address, Func<ClusterNode?> node, CancellationToken cancellationToken)
    {
        var (host, port) = SeedFinder.ReadHostAndPort(address, "sluice.cluster.health");
        var ip = IPAddress.TryParse(host, out var parsed) ? parsed : host == "localhost" ? IPAddress.Loopback
            : throw new ConfigurationException($"sluice.cluster.health = {address}: write an IP address, for example 127.0.0.1:8080 or 0.0.0.0:8080.");
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(ip, port);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
        });
        builder.Services.AddRoutingCore();
        var application = builder.Build();
        application.MapGet("/healthz", static context => context.Response.WriteAsync("alive\n"));
        application.MapGet("/readyz", context => CheckAsync(context, node));
        try
        {
            await application.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            throw new ConfigurationException($"The health checks cannot listen on {address}: {exception.Message.TrimEnd('.')}. Name another port with --health, or stop what has it.", exception);
        }

        return new HealthServer(application);
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private static async Task CheckAsync(HttpContext context, Func<ClusterNode?> node)
    {
        var (ready, state) = (false, "joining");
        if (node() is { } joined)
        {
            try
            {
                (ready, state) = await joined.CheckAsync(s_timeout).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is Akka.Actor.AskTimeoutException or TaskCanceledException)
            {
                state = "does not answer";
            }
        }

        context.Response.StatusCode = ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        await context.Response.WriteAsync(state + "\n").ConfigureAwait(false);
    }
}
