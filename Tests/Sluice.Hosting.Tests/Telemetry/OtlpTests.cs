using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Telemetry;
using Sluice.Streams.Failures;
using Sluice.Streams.Monitoring;

namespace Sluice.Hosting.Tests.Telemetry;

/// <summary>What is sent to a collector: a server on loopback that takes OTLP over HTTP and keeps the bodies.</summary>
public sealed class OtlpTests
{
    [Fact]
    public async Task Export_ToACollector_SendsMetricsAndTraces()
    {
        var received = new ConcurrentDictionary<string, byte[]>(StringComparer.Ordinal);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        await using var collector = builder.Build();
        collector.MapPost("/v1/{signal}", async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            received[$"{context.Request.RouteValues["signal"]} {context.Request.ContentType} {context.Request.Headers["x-key"]}"] = body.ToArray();
        });
        await collector.StartAsync();
        var settings = Load($"{collector.Urls.First()}", "http/protobuf");
        var previous = Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_HEADERS");
        Environment.SetEnvironmentVariable("OTEL_EXPORTER_OTLP_HEADERS", "x-key=open");
        try
        {
            using (var telemetry = TelemetryHost.Create(settings, new Dictionary<string, string>(StringComparer.Ordinal), scraped: false, TimeProvider.System).ShouldNotBeNull())
            {
                var span = PipelineTracing.Begin("parse", ActivityKind.Producer, null).ShouldNotBeNull();
                span.SetTag("sluice.document.id", "document-17");
                PipelineTracing.End(span);
            }

            // Disposal sends what is left.
            Encoding.Latin1.GetString(received["traces application/x-protobuf open"]).ShouldContain("document-17");
            Encoding.Latin1.GetString(received["metrics application/x-protobuf open"]).ShouldContain("process.memory.usage");
        }
        finally
        {
            Environment.SetEnvironmentVariable("OTEL_EXPORTER_OTLP_HEADERS", previous);
        }
    }

    [Fact]
    public void Create_WhereNobodyListens_MakesNothing()
    {
        TelemetryHost.Create(Load("", ""), new Dictionary<string, string>(StringComparer.Ordinal), scraped: false, TimeProvider.System).ShouldBeNull();
        TelemetryHost.Create(Load("http://127.0.0.1:4317", ""), new Dictionary<string, string>(StringComparer.Ordinal) { ["OTEL_SDK_DISABLED"] = "true" }, scraped: false, TimeProvider.System).ShouldBeNull();
    }

    [Fact]
    public void Create_AnAddressThatIsNone_SaysSo() =>
        Should.Throw<ConfigurationException>(() => TelemetryHost.Create(Load("collector:4317/x", ""), new Dictionary<string, string>(StringComparer.Ordinal), scraped: false, TimeProvider.System)).Message.ShouldContain("http://127.0.0.1:4317");

    private static SluiceSettings Load(string endpoint, string protocol) => ConfigurationLoader.Load(new ConfigurationSources
    {
        DefaultsFile = Repository.PathTo("akka.hocon"),
        WorkingDirectory = Path.GetTempPath(),
        Overrides = [new("telemetry.otlp-endpoint", endpoint, "test"), new("telemetry.otlp-protocol", protocol, "test")],
    });
}
