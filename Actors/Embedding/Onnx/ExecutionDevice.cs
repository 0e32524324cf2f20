using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Embedding.Onnx;

/// <summary>A device that a session runs on.</summary>
/// <param name="Kind">What kind.</param>
/// <param name="Index">Its number among those of the kind.</param>
internal sealed record ExecutionDevice(DeviceKind Kind, int Index)
{
    /// <summary>Where Linux lists the devices of NVIDIA's driver.</summary>
    private const string DriverDevices = "/proc/driver/nvidia/gpus";

    /// <summary>The processor.</summary>
    public static ExecutionDevice Cpu { get; } = new(DeviceKind.Cpu, 0);

    /// <summary>Whether this build of Sluice has the part of ONNX Runtime that runs on NVIDIA's devices.</summary>
    public static bool HasGpuRuntime => OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider", StringComparer.Ordinal);

    /// <summary>Reads <c>sluice.embedding.device</c>.</summary>
    /// <param name="text">What is set.</param>
    /// <returns>The devices, at least one, in the order in which sessions take them.</returns>
    /// <exception cref="ConfigurationException">It is none of the forms there are, or this build cannot run there.</exception>
    public static IReadOnlyList<ExecutionDevice> Parse(string text)
    {
        if (text.Equals("auto", StringComparison.OrdinalIgnoreCase))
        {
            return Present() is { Count: > 0 } present && HasGpuRuntime ? present : [Cpu];
        }

        var devices = new List<ExecutionDevice>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (Read(part) is not { } device)
            {
                throw new ConfigurationException($"sluice.embedding.device is '{text}'; write auto, cpu, cuda:0 or tensorrt:0, several separated by commas (cuda:0,cuda:1).");
            }

            devices.Add(device);
        }

        if (devices.Exists(static device => device.Kind != DeviceKind.Cpu) && !HasGpuRuntime)
        {
            throw new ConfigurationException($"sluice.embedding.device is '{text}', and this build of Sluice runs models on the processor only. `./sluice setup --gpu` builds the one that uses NVIDIA's devices.");
        }

        return devices;
    }

    /// <inheritdoc/>
    public override string ToString() => Kind == DeviceKind.Cpu ? "cpu" : string.Create(CultureInfo.InvariantCulture, $"{Kind.ToString().ToLowerInvariant()}:{Index}");

    private static List<ExecutionDevice> Present()
        => Directory.Exists(DriverDevices) ? [.. Enumerable.Range(0, Directory.GetDirectories(DriverDevices).Length).Select(static index => new ExecutionDevice(DeviceKind.Cuda, index))] : [];

    /// <summary>One device: its kind, and its number behind a colon.</summary>
    private static ExecutionDevice? Read(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? text : text[..colon];
        var index = 0;
        if (name.Length == 0 || !char.IsAsciiLetter(name[0]) || !Enum.TryParse<DeviceKind>(name, ignoreCase: true, out var kind)
            || (colon >= 0 && (kind == DeviceKind.Cpu || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out index))))
        {
            return null;
        }

        return new ExecutionDevice(kind, index);
    }
}

/// <summary>A kind of device.</summary>
internal enum DeviceKind
{
    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>NVIDIA's devices, through CUDA.</summary>
    Cuda,

    /// <summary>The same, through TensorRT, which builds an engine for the network first.</summary>
    TensorRt,
}
