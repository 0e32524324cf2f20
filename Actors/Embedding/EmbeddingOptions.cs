using System.ComponentModel.DataAnnotations;

namespace Sluice.Actors.Embedding;

/// <summary>How a model is run. Configured below <c>sluice.embedding</c>.</summary>
public sealed class EmbeddingOptions
{
    /// <summary>Threads that compute a batch. Default 0: as many as the process may use cores; 0 to 1,024.</summary>
    [Range(0, 1024)]
    public int Threads { get; set; }

    /// <summary>Whether threads that wait for their next piece of a batch stay awake. Quicker on an idle machine, much slower on one whose cores are shared. Default: no.</summary>
    public bool Spinning { get; set; }

    /// <summary>Whether the runtime keeps memory between batches instead of asking the system each time. Default: yes.</summary>
    public bool Arena { get; set; } = true;

    /// <summary>Sessions of the model that a node of a cluster runs at once; one a device. Default 1; 1 to 256.</summary>
    [Range(1, 256)]
    public int Sessions { get; set; } = 1;

    /// <summary>The number of threads this comes to on this machine.</summary>
    public int EffectiveThreads => Threads > 0 ? Threads : Environment.ProcessorCount;
}
