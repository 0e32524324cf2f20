using System.ComponentModel.DataAnnotations;

namespace Sluice.Hosting.Configuration;

/// <summary>How progress is shown. Configured below <c>sluice.display</c>.</summary>
public sealed class DisplayOptions
{
    /// <summary>Time between two pictures on a terminal. Default 200 ms; 50 ms to 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:00:10")]
    public TimeSpan Refresh { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Time between two progress lines where there is no terminal. Default 5 s; 100 ms to 1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan PlainInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Lowest level of log messages that are shown: <c>trace</c>, <c>debug</c>, <c>information</c>, <c>warning</c>, <c>error</c>, <c>critical</c> or <c>none</c>. Default <c>warning</c>.</summary>
    public Microsoft.Extensions.Logging.LogLevel LogLevel { get; set; } = Microsoft.Extensions.Logging.LogLevel.Warning;

    /// <summary>How log events and notes are written: <c>text</c>, or <c>json</c>, a line an event. Default <c>text</c>.</summary>
    public LogFormat LogFormat { get; set; } = LogFormat.Text;
}
