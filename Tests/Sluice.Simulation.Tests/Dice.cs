namespace Sluice.Simulation.Tests;

/// <summary>Pseudo-random numbers that are the same on every machine for the same seed (SplitMix64).</summary>
/// <param name="seed">Any number.</param>
internal sealed class Dice(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to <paramref name="below"/> - 1.</summary>
    public int Next(int below) => (int)(Next() % (ulong)below);

    /// <summary>True once in <paramref name="of"/> times.</summary>
    public bool Once(int of) => Next(of) == 0;

    public T Of<T>(params ReadOnlySpan<T> items) => items[Next(items.Length)];
}
