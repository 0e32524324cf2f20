using System.ComponentModel.DataAnnotations;

namespace Sluice.Hosting.Telemetry;

/// <summary>Where metrics and traces are sent. Configured below <c>sluice.telemetry</c>; the standard variables <c>OTEL_…</c> fill what is left empty here.</summary>
public sealed class TelemetryOptions
{
    /// <summary>Address of an OTLP collector: <c>http://127.0.0.1:4317</c>. Empty, the default: <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, and nothing is sent without that.</summary>
    public string OtlpEndpoint { get; set; } = "";

    /// <summary>How it is spoken to: <c>grpc</c> or <c>http/protobuf</c>. Empty, the default: <c>OTEL_EXPORTER_OTLP_PROTOCOL</c>, else grpc.</summary>
    [RegularExpression("grpc|http/protobuf")]
    public string OtlpProtocol { get; set; } = "";

    /// <summary>Share of batches that are traced, 0 to 1. Default 1.</summary>
    [Range(0.0, 1.0)]
    public double TraceRatio { get; set; } = 1;

    /// <summary>Time between two sendings of metrics. Default 15 seconds; 1 second to 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan MetricsInterval { get; set; } = TimeSpan.FromSeconds(15);
}
