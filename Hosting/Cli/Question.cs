using Sluice.Streams.Failures;

namespace Sluice.Hosting.Cli;

/// <summary>Asks for consent.</summary>
internal static class Question
{
    /// <summary>Asks a person, where there is one; <c>--yes</c> answers beforehand.</summary>
    /// <param name="context">The verb's context.</param>
    /// <param name="what">What will happen, in sentences.</param>
    /// <param name="yes">Whether <c>--yes</c> was given.</param>
    /// <returns>Whether to go on.</returns>
    /// <exception cref="ConfigurationException">Nobody is there to answer.</exception>
    public static async Task<bool> ConfirmAsync(VerbContext context, string what, bool yes)
    {
        if (yes)
        {
            context.Note(what);
            return true;
        }

        if (!context.Host.InIsTerminal || !context.Host.ErrorIsTerminal)
        {
            throw new ConfigurationException($"{what} Run again with --yes if that is what you want.");
        }

        await context.Host.Error.WriteAsync($"{what} Go on? [y/N] ");
        var answer = await context.Host.In.ReadLineAsync(context.Stop);
        return answer?.Trim().ToUpperInvariant() is "Y" or "YES";
    }
}
