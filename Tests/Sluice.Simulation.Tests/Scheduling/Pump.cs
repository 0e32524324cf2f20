namespace Sluice.Simulation.Tests.Scheduling;

/// <summary>Moves a simulated world on, one call or one timer after the other, whenever nothing moves by itself.</summary>
/// <param name="machine">Whose clock.</param>
/// <param name="board">Whose calls.</param>
/// <param name="dice">Decides the order.</param>
internal sealed class Pump(Machine machine, Switchboard board, Dice dice)
{
    /// <summary>Calls after which a run that has nothing more to wait for hangs.</summary>
    public const int MostCalls = 6_000;

    /// <summary>Calls after which whatever is wrong is put right, so that a run that waits for it can end.</summary>
    private const int PatientCalls = 600;

    private static readonly TimeSpan s_patience = TimeSpan.FromHours(2);
    private static readonly TimeSpan s_hangs = TimeSpan.FromDays(30);

    /// <summary>Most calls.</summary>
    public int Most { get; init; } = MostCalls;

    /// <summary>Done before each move, with the calls so far. Says true when it moved something itself.</summary>
    public Func<int, bool> Step { get; init; } = static _ => false;

    /// <summary>Puts right whatever is wrong.</summary>
    public Action Heal { get; init; } = static () => { };

    /// <summary>Says what forbids to go on.</summary>
    public Func<string?> Failure { get; init; } = static () => null;

    /// <summary>Whether it is over when nothing is left that could happen.</summary>
    public bool Rests { get; init; }

    /// <summary>Moves on until something is done.</summary>
    /// <returns>Why it will never be done; null when it is.</returns>
    public string? Until(Func<bool> done)
    {
        var (calls, began, lastCall, healed) = (0, machine.Time.Elapsed, machine.Time.Elapsed, false);
        while (true)
        {
            if (!Calm.Wait(TimeSpan.FromSeconds(20)) && !done())
            {
                return "it hangs: something runs in circles without a call";
            }

            if (done())
            {
                return null;
            }

            if (Failure() is { } failure)
            {
                return failure;
            }

            if (Step(calls) || board.Executing > 0)
            {
                continue;
            }

            if (board.LetThrough(dice))
            {
                calls++;
                lastCall = machine.Time.Elapsed;
            }
            else if (!machine.Time.FireNext())
            {
                return Rests ? null : "it hangs: nothing is left that could happen";
            }

            if (!healed && (calls > PatientCalls || machine.Time.Elapsed - began > s_patience))
            {
                healed = true;
                Heal();
            }

            if (calls > Most || machine.Time.Elapsed - lastCall > s_hangs)
            {
                return calls > Most ? $"it hangs: {calls} calls were made and it does not end" : $"it hangs: no call was made for {s_hangs.TotalDays} days";
            }
        }
    }
}
