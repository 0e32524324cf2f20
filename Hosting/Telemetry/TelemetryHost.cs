using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Sluice.Actors.Core;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Failures;
using Sluice.Streams.Monitoring;

namespace Sluice.Hosting.Telemetry;

/// <summary>The meters of one process and who listens to them: Prometheus, which asks, and an OTLP collector, which is sent to. Owned by the verb.</summary>
internal sealed class TelemetryHost : IDisposable
{
    private readonly ServiceProvider _services;
    private readonly MeterProvider _meters;
    private readonly TracerProvider? _tracers;

    private TelemetryHost(TelemetryOptions options, IReadOnlyDictionary<string, string> environment, TimeProvider time)
    {
        _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var factory = _services.GetRequiredService<IMeterFactory>();
        Actors = new ActorsMetrics(factory);
        Hosting = new HostingMetrics(factory, time);
        var endpoint = Endpoint(options);
        var resource = ResourceBuilder.CreateDefault().AddService(environment.GetValueOrDefault("OTEL_SERVICE_NAME") is { Length: > 0 } name ? name : "sluice", serviceVersion: Http.ApiRoutes.Program).AddEnvironmentVariableDetector();
        var meters = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(ActorsMetrics.MeterName, HostingMetrics.MeterName, "System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Npgsql")
            .AddPrometheusExporter(static prometheus => prometheus.ScrapeResponseCacheDurationMilliseconds = 1_000);
        if (IsSent(environment, options, "METRICS"))
        {
            meters.AddOtlpExporter((exporter, reader) =>
            {
                Configure(exporter, options, endpoint, "v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)options.MetricsInterval.TotalMilliseconds;
            });
        }

        _meters = meters.Build();
        if (IsSent(environment, options, "TRACES"))
        {
            _tracers = Sdk.CreateTracerProviderBuilder()
                .SetResourceBuilder(resource)
                .AddSource(PipelineTracing.SourceName)
                .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(options.TraceRatio)))
                .AddOtlpExporter(exporter => Configure(exporter, options, endpoint, "v1/traces"))
                .Build();
        }
    }

    /// <summary>The pipeline's instruments.</summary>
    public ActorsMetrics Actors { get; }

    /// <summary>The process's instruments.</summary>
    public HostingMetrics Hosting { get; }

    /// <summary>Makes it, where somebody listens.</summary>
    /// <param name="settings">The configuration.</param>
    /// <param name="environment">The standard variables.</param>
    /// <param name="scraped">Whether there is a server that Prometheus can ask.</param>
    /// <param name="time">The clock.</param>
    /// <returns>The host; null when nobody listens, which costs nothing.</returns>
    /// <exception cref="ConfigurationException">The collector's address is malformed.</exception>
    public static TelemetryHost? Create(SluiceSettings settings, IReadOnlyDictionary<string, string> environment, bool scraped, TimeProvider time)
    {
        var options = settings.Get<TelemetryOptions>();
        return scraped || IsSent(environment, options, "METRICS") || IsSent(environment, options, "TRACES") ? new TelemetryHost(options, environment, time) : null;
    }

    /// <summary>Adds what the route of Prometheus needs.</summary>
    /// <param name="services">The server's services.</param>
    public static void AddScraping(IServiceCollection services) => services.AddOptions();

    /// <summary>Maps the route that Prometheus asks.</summary>
    /// <param name="routes">The server's routes.</param>
    /// <returns>The route.</returns>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapPrometheusScrapingEndpoint("/metrics", _meters, configureBranchedPipeline: null, optionsName: null);

    /// <inheritdoc/>
    public void Dispose()
    {
        _tracers?.Dispose();
        _meters.Dispose();
        _services.Dispose();
    }

    private static bool IsSent(IReadOnlyDictionary<string, string> environment, TelemetryOptions options, string signal)
    {
        if (string.Equals(environment.GetValueOrDefault("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase)
            || string.Equals(environment.GetValueOrDefault($"OTEL_{signal}_EXPORTER"), "none", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        return options.OtlpEndpoint.Length > 0 || environment.GetValueOrDefault("OTEL_EXPORTER_OTLP_ENDPOINT") is { Length: > 0 } || environment.GetValueOrDefault($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT") is { Length: > 0 };
    }

    private static Uri? Endpoint(TelemetryOptions options) =>
        options.OtlpEndpoint.Length == 0 ? null
        : Uri.TryCreate(options.OtlpEndpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri
        : throw new ConfigurationException($"sluice.telemetry.otlp-endpoint = {options.OtlpEndpoint} is not a URL; write for example http://127.0.0.1:4317.");

    private static void Configure(OtlpExporterOptions exporter, TelemetryOptions options, Uri? endpoint, string path)
    {
        if (options.OtlpProtocol.Length > 0)
        {
            exporter.Protocol = options.OtlpProtocol == "grpc" ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        }

        if (endpoint is not null)
        {
            // Like the standard variable, the setting names the collector; over HTTP each signal has its path below that.
            exporter.Endpoint = exporter.Protocol == OtlpExportProtocol.Grpc ? endpoint : new Uri(endpoint.AbsoluteUri.TrimEnd('/') + "/" + path);
        }
    }
}
