using System.CommandLine;

namespace Sluice.Hosting.Cli;

/// <summary>The options that every verb has.</summary>
internal sealed class CommonOptions
{
    /// <summary>Names a configuration file.</summary>
    public Option<string?> Config { get; } = new("--config") { HelpName = "FILE", Description = "Configuration file, instead of akka.hocon in the working directory", Recursive = true };

    /// <summary>Sets any setting.</summary>
    public Option<string[]> Set { get; } = new("--set") { HelpName = "KEY=VALUE", Description = "Sets any setting of akka.hocon: --set parsing.max-nesting=64; may be repeated", Recursive = true };

    /// <summary>How log events are written.</summary>
    public Option<string?> LogFormat { get; } = new("--log-format") { HelpName = "FORMAT", Description = "text, or json: log events and notes as JSON, a line each (sluice.display.log-format)", Recursive = true };

    /// <summary>Shows details.</summary>
    public Option<bool> Verbose { get; } = new("--verbose", "-v") { Description = "Shows log messages and, on failure, stack traces", Recursive = true };

    /// <summary>Shows help.</summary>
    public Option<bool> Help { get; } = new("--help", "-h", "-?") { Description = "Shows help", Recursive = true };

    /// <summary>Shows the version.</summary>
    public Option<bool> Version { get; } = new("--version") { Description = "Shows the version" };
}
