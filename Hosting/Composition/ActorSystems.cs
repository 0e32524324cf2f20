using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Hosting.Logging;
using Microsoft.Extensions.Logging;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Logging;
using ConfigurationException = Sluice.Streams.Failures.ConfigurationException;

namespace Sluice.Hosting.Composition;

/// <summary>Starts the actor system of one process.</summary>
internal static class ActorSystems
{
    /// <summary>Starts the actor system of one process.</summary>
    /// <param name="settings">The configuration, with Akka.NET's part of it.</param>
    /// <param name="loggers">Where its events go.</param>
    /// <returns>The system; the caller terminates it.</returns>
    /// <exception cref="ConfigurationException">Akka.NET cannot read its part of the configuration.</exception>
    public static ActorSystem Start(SluiceSettings settings, ILoggerFactory loggers)
    {
        var (config, logging) = Configure(settings, loggers, quiet: false);
        return ActorSystem.Create("sluice", ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config), logging));
    }

    /// <summary>Reads Akka.NET's part of the configuration, and sends its events to the log.</summary>
    /// <param name="settings">The configuration.</param>
    /// <param name="loggers">The log.</param>
    /// <param name="quiet">Whether its informational events are left out.</param>
    /// <returns>The configuration and the set-up of the log.</returns>
    /// <exception cref="ConfigurationException">It cannot be read.</exception>
    public static (Config Config, LoggerFactorySetup Logging) Configure(SluiceSettings settings, ILoggerFactory loggers, bool quiet)
    {
        Config config;
        try
        {
            config = ConfigurationFactory.ParseString(settings.AkkaText);
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or NullReferenceException)
        {
            throw new ConfigurationException($"Akka.NET cannot read its part of the configuration ({string.Join(", ", settings.Files)}): {exception.Message.Split('\n')[0]}", exception);
        }

        var level = settings.Get<DisplayOptions>().LogLevel switch
        {
            LogLevel.Trace or LogLevel.Debug => "DEBUG",
            LogLevel.Information when !quiet => "INFO",
            LogLevel.Information or LogLevel.Warning => "WARNING",
            LogLevel.None => "OFF",
            _ => "ERROR",
        };
        var routed = ConfigurationFactory.ParseString($$"""
            akka.loggers = ["{{typeof(LoggerFactoryLogger).FullName}}, {{typeof(LoggerFactoryLogger).Assembly.GetName().Name}}"]
            akka.stdout-loglevel = OFF
            akka.loglevel = {{level}}
            """);
        return (config.WithFallback(routed), new LoggerFactorySetup(quiet ? new EngineLoggerFactory(loggers) : loggers));
    }
}
