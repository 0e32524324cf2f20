using Akka.Actor;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Core;

/// <summary>Asking an actor that may take as long as it needs, and may die before it answers.</summary>
internal static class Asking
{
    /// <summary>
    /// Asks without a limit of time. Ends with the answer, or with the failure that is answered, or when the asked one stops: then nobody will ever answer, and whoever waits is
    /// told so instead of waiting for ever.
    /// </summary>
    /// <typeparam name="T">The answer.</typeparam>
    /// <param name="asked">Who is asked.</param>
    /// <param name="question">What.</param>
    /// <param name="cancellationToken">Ends the waiting, not what was asked for.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="AskedStoppedException">The asked one has stopped without an answer.</exception>
    public static async Task<T> AskLivingAsync<T>(this IActorRef asked, object question, CancellationToken cancellationToken = default)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var death = asked.WatchAsync(over.Token); // Before the question, so that no death is missed.
        var answer = asked.Ask<T>(question, Timeout.InfiniteTimeSpan, over.Token);
        try
        {
            var first = await Task.WhenAny(answer, death).ConfigureAwait(false);
            if (first == answer || answer.IsCompleted)
            {
                return await answer.ConfigureAwait(false);
            }

            cancellationToken.ThrowIfCancellationRequested();
            return await death.ConfigureAwait(false) ? throw new AskedStoppedException(asked, question) : await answer.ConfigureAwait(false);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false); // Takes both waiters away.
            _ = answer.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            _ = death.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }
    }
}

/// <summary>An actor stopped before it answered.</summary>
/// <param name="asked">Who was asked.</param>
/// <param name="question">What.</param>
internal sealed class AskedStoppedException(IActorRef asked, object question)
    : SluiceException($"{asked?.Path.Name} stopped before it had answered {question?.GetType().Name}");
