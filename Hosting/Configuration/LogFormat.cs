namespace Sluice.Hosting.Configuration;

/// <summary>How log events are written.</summary>
public enum LogFormat
{
    /// <summary>As lines for people.</summary>
    Text,

    /// <summary>As JSON, a line an event.</summary>
    Json,
}
