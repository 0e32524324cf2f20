using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Google.Protobuf;

namespace Sluice.TestKit.Simulators;

/// <summary>Messages of gRPC over HTTP/2, one a request and one an answer: five bytes of head, then the message; the status stands in trailers.</summary>
public static class GrpcAnswer
{
    private const int Head = 5;

    /// <summary>Status code of an unknown error.</summary>
    public const int Unknown = 2;

    /// <summary>Status code: a limit is exceeded.</summary>
    public const int ResourceExhausted = 8;

    /// <summary>Status code: no such method.</summary>
    public const int Unimplemented = 12;

    /// <summary>Status code: not now.</summary>
    public const int Unavailable = 14;

    /// <summary>Status code: no key, or a wrong one.</summary>
    public const int Unauthenticated = 16;

    /// <summary>Whether a request is gRPC.</summary>
    public static bool IsGrpc(SimulatorRequest request) => request.Header("content-type")?.StartsWith("application/grpc", StringComparison.Ordinal) == true;

    /// <summary>The message of a request.</summary>
    public static ReadOnlySpan<byte> Message(SimulatorRequest request)
    {
        var body = request.Body.Span;
        if (body.Length < Head || body[0] != 0 || BinaryPrimitives.ReadUInt32BigEndian(body[1..]) != body.Length - Head)
        {
            throw new InvalidDataException($"{request.Path}: the body is not one uncompressed gRPC message");
        }

        return body[Head..];
    }

    /// <summary>An answer with a message.</summary>
    public static SimulatorAnswer Ok(IMessage message)
    {
        var body = new byte[Head + message.CalculateSize()];
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(1), (uint)(body.Length - Head));
        message.WriteTo(body.AsSpan(Head));
        return new SimulatorAnswer(200, body, "application/grpc") { Trailers = new Dictionary<string, string>(StringComparer.Ordinal) { ["grpc-status"] = "0" } };
    }

    /// <summary>An error.</summary>
    public static SimulatorAnswer Error(int status, string message) =>
        new SimulatorAnswer(200, default, "application/grpc").With("grpc-status", status.ToString(CultureInfo.InvariantCulture)).With("grpc-message", Escape(message));

    private static string Escape(string message)
    {
        var escaped = new StringBuilder(message.Length);
        foreach (var value in Encoding.UTF8.GetBytes(message))
        {
            _ = value is >= 0x20 and <= 0x7E and not (byte)'%' ? escaped.Append((char)value) : escaped.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
        }

        return escaped.ToString();
    }
}
