using System.ComponentModel.DataAnnotations;
using System.Globalization;

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

    /// <summary>
    /// Batches that the model works on at once. Default 0: two for each CUDA device, and on a processor two, where it has more than one thread, so that what one cannot do in parallel,
    /// or is copied for it, is covered by the other; one for each TensorRT device, which takes one at a time; 0 to 256.
    /// </summary>
    [Range(0, 256)]
    public int Sessions { get; set; }

    /// <summary>The number of batches this comes to on this machine.</summary>
    /// <exception cref="Streams.Failures.ConfigurationException"><see cref="Device"/> is none of the forms there are, or this build cannot run there.</exception>
    public int EffectiveSessions => SessionsOn(Onnx.ExecutionDevice.Parse(Device));

    /// <summary>Threads of the runtime besides those that call it, and one: with several batches at once, as many compute in all as one alone would have.</summary>
    internal int SharedThreads => Math.Max(1, EffectiveThreads - EffectiveSessions + 1);

    /// <summary>
    /// Where the network runs: <c>cpu</c>; <c>cuda:N</c> or <c>tensorrt:N</c>, several separated by commas, of which each session takes the next; or <c>auto</c>, which
    /// is every CUDA device where this build of Sluice can use one, else the processor. Default <c>auto</c>.
    /// </summary>
    public string Device { get; set; } = "auto";

    /// <summary>The devices that <see cref="Device"/> comes to on this machine: <c>cpu</c>, <c>cuda:0, cuda:1</c>.</summary>
    /// <returns>Their names, in the order in which sessions take them.</returns>
    /// <exception cref="Streams.Failures.ConfigurationException">It is none of the forms there are, or this build cannot run there.</exception>
    public string DescribeDevices() => string.Join(", ", Onnx.ExecutionDevice.Parse(Device));

    /// <summary>Which of several exports in a model folder is run: <c>fp32</c>, <c>fp16</c>, <c>int8</c> or whatever stands behind <c>model_</c> in its file's name. Default empty: <c>model.onnx</c>, else the only one there is.</summary>
    public string Variant { get; set; } = "";

    /// <summary>Components of a dense vector that are kept, the first ones, for models trained to be cut (Matryoshka). Default 0: all; 0 to 65,536.</summary>
    [Range(0, 65_536)]
    public int Dimensions { get; set; }

    /// <summary>Vectors of a document that become one, on average, where a model makes one a token. Default 1: none do; 1 to 16.</summary>
    [Range(1, 16)]
    public int TokenPooling { get; set; } = 1;

    /// <summary>Where the vectors of a text's tokens become one. Default: on an accelerator in the network, so that only the result is copied from it.</summary>
    public PoolingPlace PoolIn { get; set; }

    /// <summary>What the model's output is taken for. Default: what its files say.</summary>
    public ModelOutput Output { get; set; }

    /// <summary>All of it in one line: models opened with equal ones may be shared.</summary>
    public string Key => string.Create(CultureInfo.InvariantCulture, $"{Threads}/{Spinning}/{Arena}/{Device}/{Variant}/{Dimensions}/{TokenPooling}/{Output}/{PoolIn}/{Sessions}");

    /// <summary>What of this decides where and how a network is run.</summary>
    internal string RunKey => $"{Device}/{PoolIn}";

    /// <summary>The same, but for what decides a model's output.</summary>
    internal EmbeddingOptions With(string variant, int dimensions, int tokenPooling, ModelOutput output)
    {
        var copy = (EmbeddingOptions)MemberwiseClone();
        (copy.Variant, copy.Dimensions, copy.TokenPooling, copy.Output) = (variant, dimensions, tokenPooling, output);
        return copy;
    }

    /// <summary>Batches at once on given devices.</summary>
    internal int SessionsOn(IReadOnlyList<Onnx.ExecutionDevice> devices) => Sessions > 0 ? Sessions : devices.Sum(device => device.Kind switch
    {
        Onnx.DeviceKind.Cpu => Math.Min(2, EffectiveThreads),
        Onnx.DeviceKind.TensorRt => 1,
        _ => 2,
    });

    /// <summary>The number of threads this comes to on this machine.</summary>
    public int EffectiveThreads => Threads > 0 ? Threads : Environment.ProcessorCount;
}
