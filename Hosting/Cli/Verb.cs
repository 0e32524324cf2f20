using System.CommandLine;

namespace Sluice.Hosting.Cli;

/// <summary>A verb of the program: what it takes, what help says of it, and what it does.</summary>
/// <param name="name">Its name.</param>
/// <param name="description">What it does, in a line.</param>
internal abstract class Verb(string name, string description) : Command(name, description)
{
    /// <summary>Examples for help: command and meaning.</summary>
    public virtual IReadOnlyList<(string Command, string Meaning)> Examples => [];

    /// <summary>Settings that the options of this command line stand for.</summary>
    /// <param name="line">The parsed command line.</param>
    /// <returns>The settings, with the option's name for messages.</returns>
    public virtual IEnumerable<Configuration.CommandLineSetting> Settings(ParseResult line) => [];

    /// <summary>Does it.</summary>
    /// <param name="context">What it needs.</param>
    /// <returns>The exit code.</returns>
    public abstract Task<int> RunAsync(VerbContext context);

    /// <summary>Tells a program that reads standard output of a failure, where that was asked for; also of one before the verb could begin.</summary>
    /// <param name="line">The parsed command line.</param>
    /// <param name="host">What surrounds the program.</param>
    /// <param name="failure">What was thrown.</param>
    public virtual void TellFailure(ParseResult line, CliHost host, Exception failure)
    {
    }

    /// <summary>Lowest level of log messages to show where the user set none; null for the shipped one.</summary>
    public virtual Microsoft.Extensions.Logging.LogLevel? DefaultLogLevel => null;

    /// <summary>A setting by an option, if the option was given.</summary>
    /// <param name="line">The parsed command line.</param>
    /// <param name="option">The option.</param>
    /// <param name="path">The setting's path below <c>sluice</c>.</param>
    /// <returns>One setting or none.</returns>
    protected static IEnumerable<Configuration.CommandLineSetting> Setting(ParseResult line, Option<string?> option, string path) =>
        line.GetValue(option) is { } value ? [new(path, value, $"option {option.Name} {value}")] : [];

    /// <summary>The one database that an option names, in place of all that are configured.</summary>
    /// <param name="line">The parsed command line.</param>
    /// <param name="option">The option.</param>
    /// <returns>Its settings or none.</returns>
    protected static IEnumerable<Configuration.CommandLineSetting> Database(ParseResult line, Option<string?> option) =>
        line.GetValue(option) is { } value ? OneDatabase(value, option.Name) : [];

    /// <summary>The databases that a repeatable option names, in place of all that are configured.</summary>
    /// <param name="line">The parsed command line.</param>
    /// <param name="option">The option.</param>
    /// <returns>Their settings or none.</returns>
    protected static IEnumerable<Configuration.CommandLineSetting> Databases(ParseResult line, Option<string[]> option) => line.GetValue(option) switch
    {
        { Length: 1 } values => OneDatabase(values[0], option.Name),
        { Length: > 1 } values => [new("databases", "", $"option {option.Name}", values)],
        _ => [],
    };

    private static Configuration.CommandLineSetting[] OneDatabase(string uri, string option) =>
        [new("database", uri, $"option {option} {uri}"), new("databases", "", $"option {option}", [])];

    /// <summary>A list setting by a repeatable option, if the option was given.</summary>
    /// <param name="line">The parsed command line.</param>
    /// <param name="option">The option.</param>
    /// <param name="path">The setting's path below <c>sluice</c>.</param>
    /// <returns>One setting or none.</returns>
    protected static IEnumerable<Configuration.CommandLineSetting> Setting(ParseResult line, Option<string[]> option, string path) =>
        line.GetValue(option) is { Length: > 0 } values ? [new(path, "", $"option {option.Name}", values)] : [];
}
