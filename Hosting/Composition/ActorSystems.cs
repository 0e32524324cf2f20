using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Hosting.Logging;
using Microsoft.Extensions.Logging;
using Sluice.Hosting.Configuration;
using ConfigurationException = Sluice.Streams.Failures.ConfigurationException;

namespace Sluice.Hosting.Composition;

/// <summary>Starts the actor system of one process.</summary>
internal static class ActorSystems
{
    /// <summary>Starts it, with the configuration's part for Akka.NET and its events in the program's log.</summary>
    /// <param name="settings">The configuration.</param>
    /// <param name="loggers">The program's log.</param>
    /// <returns>The system; the caller terminates it.</returns>
    /// <exception cref="ConfigurationException">The part for Akka.NET cannot be read.</exception>
    public static ActorSystem Start(SluiceSettings settings, ILoggerFactory loggers)
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
            LogLevel.Information => "INFO",
            LogLevel.Warning => "WARNING",
            LogLevel.None => "OFF",
            _ => "ERROR",
        };
        var routed = ConfigurationFactory.ParseString($$"""
            akka.loggers = ["{{typeof(LoggerFactoryLogger).FullName}}, {{typeof(LoggerFactoryLogger).Assembly.GetName().Name}}"]
            akka.stdout-loglevel = OFF
            akka.loglevel = {{level}}
            """);
        var setup = ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config.WithFallback(routed)), new LoggerFactorySetup(loggers));
        return ActorSystem.Create("sluice", setup);
    }
}
