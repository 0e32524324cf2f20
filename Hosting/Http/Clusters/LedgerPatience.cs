using Microsoft.AspNetCore.Http;
using Sluice.Hosting.Configuration;

namespace Sluice.Hosting.Http.Clusters;

/// <summary>
/// Asks the job store and the ledger, whose calls wait for as long as their server is away or refuses: after a moment whoever asks is told why instead. Safe for
/// concurrent use.
/// </summary>
/// <param name="trouble">What calls wait for, in words; null when they do not.</param>
/// <param name="time">The clock.</param>
internal sealed class LedgerPatience(Func<string?> trouble, TimeProvider time)
{
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(2);

    /// <summary>Asks.</summary>
    /// <param name="ask">Makes the calls.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="ApiException">The server is away; the words say since when and why.</exception>
    public async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        using var given = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var answer = ask(given.Token);
        while (!answer.IsCompleted)
        {
            await Task.WhenAny(answer, Task.Delay(s_wait, time, given.Token)).ConfigureAwait(false);
            if (!answer.IsCompleted && trouble() is { } words)
            {
                await given.CancelAsync().ConfigureAwait(false);
                await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
                throw new ApiException(StatusCodes.Status503ServiceUnavailable, Secrets.Redact(words));
            }
        }

        await given.CancelAsync().ConfigureAwait(false); // The delay is not needed any more.
        return await answer.ConfigureAwait(false);
    }
}
