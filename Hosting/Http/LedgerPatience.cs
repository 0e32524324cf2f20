using Microsoft.AspNetCore.Http;
using Sluice.Hosting.Configuration;

namespace Sluice.Hosting.Http;

/// <summary>
/// Asks the job store and the ledger, whose calls wait for as long as their server is away or refuses: after a moment whoever asks is told why instead. Safe for
/// concurrent use.
/// </summary>
/// <param name="trouble">What calls wait for, in words; null when they do not.</param>
/// <param name="time">The clock.</param>
internal sealed class LedgerPatience(Func<string?> trouble, TimeProvider time)
{
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(30);

    /// <summary>Asks.</summary>
    /// <param name="ask">Makes the calls.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="ApiException">The server is away; the words say since when and why.</exception>
    public Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken) => AskAsync(ask, "", cancellationToken);

    /// <summary>Writes.</summary>
    /// <param name="write">Makes the calls; each is one transaction.</param>
    /// <param name="what">What was asked for, for people: <c>the job was posted</c>.</param>
    /// <param name="check">What tells whether it was done: <c>GET /api/v1/jobs</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer; also where it came while the server was being given up.</returns>
    /// <exception cref="ApiException">The server is away; the words say since when and why, and how to see what became of it.</exception>
    public Task<T> WriteAsync<T>(Func<CancellationToken, Task<T>> write, string what, string check, CancellationToken cancellationToken) =>
        AskAsync(write, $" Nobody has confirmed that {what}: post it again once the ledger answers, when {check} does not show it.", cancellationToken);

    private async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask, string after, CancellationToken cancellationToken)
    {
        using var given = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var began = time.GetTimestamp();
        var answer = ask(given.Token);
        string? words = null;
        while (!answer.IsCompleted && words is null && !cancellationToken.IsCancellationRequested)
        {
            await Task.WhenAny(answer, Task.Delay(s_wait, time, given.Token)).ConfigureAwait(false);
            words = answer.IsCompleted ? null : trouble() ?? Slow(began);
        }

        await given.CancelAsync().ConfigureAwait(false); // Neither the delay nor, where nobody waits for it any more, the call.
        if (words is not null)
        {
            await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!answer.IsCompletedSuccessfully) // It may have been done at that very moment.
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw new ApiException(StatusCodes.Status503ServiceUnavailable, Secrets.Redact(words) + after);
            }
        }

        return await answer.ConfigureAwait(false);
    }

    /// <summary>A server that answers nothing at all is in trouble before anybody has noticed.</summary>
    private string? Slow(long began) => time.GetElapsedTime(began) >= s_longest ? $"The ledger has not answered within {s_longest.TotalSeconds:0} s." : null;
}
