using Sluice.Hosting.Configuration;
using Sluice.Streams.Failures;

namespace Sluice.Hosting.Cli;

/// <summary>Tells a failure in one paragraph, and gives it its exit code.</summary>
internal static class FailureReport
{
    /// <summary>Writes it to standard error.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="host">What surrounds the program.</param>
    /// <param name="verbose">Whether the stack trace is wanted.</param>
    /// <param name="json">Whether it is written as a line of JSON.</param>
    /// <returns>The exit code.</returns>
    public static int Write(Exception exception, CliHost host, bool verbose, bool json = false)
    {
        var code = ExitCodeOf(exception, host.Stop);
        if (json)
        {
            var trace = verbose && code != ExitCodes.Interrupted ? Secrets.Redact(exception.ToString()) : null;
            host.Error.WriteLine(Logging.JsonLoggerProvider.Failure(Describe(exception, host.Stop), trace, host.TimeProvider));
            return code;
        }

        host.Error.WriteLine($"sluice: {Describe(exception, host.Stop)}");
        if (verbose && code != ExitCodes.Interrupted)
        {
            host.Error.WriteLine(Secrets.Redact(exception.ToString()));
        }

        return code;
    }

    /// <summary>The exit code of a failure.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="stop">Whether the user stopped the program.</param>
    /// <returns>The code.</returns>
    public static int ExitCodeOf(Exception exception, CancellationToken stop) => Unwrap(exception) switch
    {
        OperationCanceledException when stop.IsCancellationRequested => ExitCodes.Interrupted,
        ConfigurationException or ModelException or CollectionMismatchException => ExitCodes.Usage,
        _ => ExitCodes.Failure,
    };

    /// <summary>The failure in words.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="stop">Whether the user stopped the program.</param>
    /// <returns>The words, without secrets.</returns>
    public static string Describe(Exception exception, CancellationToken stop)
    {
        exception = Unwrap(exception);
        return exception switch
        {
            OperationCanceledException when stop.IsCancellationRequested => "stopped.",
            SluiceException => Secrets.Redact(exception.Message),
            IOException or UnauthorizedAccessException => Secrets.Redact(exception.Message),
            _ => Secrets.Redact($"an unexpected failure: {exception.GetType().Name}: {exception.Message} Run again with --verbose for the stack trace."),
        };
    }

    private static Exception Unwrap(Exception exception) =>
        exception is AggregateException { InnerExceptions.Count: 1 } aggregate ? Unwrap(aggregate.InnerExceptions[0]) : exception;
}
