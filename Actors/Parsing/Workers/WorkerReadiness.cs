using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>Tells whether documents can be parsed in worker processes on this machine, by starting one.</summary>
public static class WorkerReadiness
{
    /// <summary>Starts a worker and ends it.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What walls it has, in words.</returns>
    /// <exception cref="ConfigurationException">None can be started, and why.</exception>
    public static async Task<string> TryAsync(ParsingOptions options, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var command = WorkerCommand.Find(options.Workers.Program) ?? throw new ConfigurationException(options.Workers.Program.Length > 0
            ? $"sluice.parsing.workers.program = {options.Workers.Program}: there is no such file"
            : $"there is no sluice program in {AppContext.BaseDirectory}: documents are parsed in this process, without walls");
        var pool = new WorkerPool(command, options.Workers, 1, Frame.MaxPayload, timeProvider, MachineMemory.Available);
        await using var disposal = pool.ConfigureAwait(false);
        try
        {
            var worker = await pool.TakeAsync(fresh: true, cancellationToken).ConfigureAwait(false);
            var network = worker.HasNetwork;
            await pool.ReturnAsync(worker, usable: false).ConfigureAwait(false);
            var memory = options.Workers.EffectiveMaxMemoryBytes >> 20;
            var walls = FormattableString.Invariant($"{memory:N0} MiB of memory, {(network ? "the network is not kept from it (no network namespace here)" : "no network")}");
            return options.Workers.InProcess
                ? $"off (sluice.parsing.workers.in-process), but for documents that were under way when a process ended; a worker starts: {walls}"
                : $"a worker starts: {walls}";
        }
        catch (WorkersUnavailableException exception)
        {
            throw new ConfigurationException($"{exception.Message}: documents are parsed in this process, without walls", exception);
        }
    }
}
