using System.Text;

namespace Voxeltron.Tests.Unit.Worker;

/// <summary>
/// Modules that pass admission, so a validator takes them in milliseconds, and cost a compiler all it has. Written as bytes: as text they
/// would be hundreds of megabytes.
/// </summary>
internal static class ExplodingModules
{
    private const byte Block = 0x02;
    private const byte Loop = 0x03;
    private const byte If = 0x04;
    private const byte End = 0x0B;
    private const byte BrIf = 0x0D;
    private const byte BrTable = 0x0E;
    private const byte LocalGet = 0x20;
    private const byte LocalSet = 0x21;
    private const byte LocalTee = 0x22;
    private const byte Const = 0x41;
    private const byte Load = 0x28;
    private const byte Store = 0x36;
    private const byte Add = 0x6A;
    private const byte Drop = 0x1A;
    private const byte Void = 0x40;

    /// <summary>Every loop gives every local a value of its own: blocks × locals of them.</summary>
    public static byte[] LoopsTimesLocals(int loops, int locals)
    {
        var body = new Code();
        for (var i = 0; i < loops; i++)
        {
            body.Op(Loop).Op(Void);
            for (var local = 0; local < locals; local++)
            {
                body.Op(LocalGet).U32(local).Op(Const).Op(1).Op(Add).Op(LocalSet).U32(local);
            }
        }

        for (var i = 0; i < loops; i++)
        {
            body.Op(LocalGet).U32(0).Op(BrIf).U32(0).Op(End);
        }

        return Module([body.Body(locals)]);
    }

    /// <summary>One body of straight-line code, as long as the validator allows.</summary>
    public static byte[] HugeBody(int bytes)
    {
        var body = new Code();
        for (var i = 0; body.Length < bytes; i++)
        {
            // memory[i] += i, at a place nothing is known of: none of it can be left out.
            body.Op(Const).U32(i % 60).Op(Const).U32(i % 60).Op(Load).Bytes([0, 0]).Op(Const).U32(i % 50).Op(Add).Op(Store).Bytes([0, 0]);
        }

        return Module([body.Body(100)]);
    }

    /// <summary>Blocks inside blocks, and at the bottom a jump to any of them, over and over.</summary>
    public static byte[] DeepNest(int depth, int tables)
    {
        var body = new Code();
        for (var i = 0; i < depth; i++)
        {
            body.Op(Block).Op(Void);
        }

        for (var table = 0; table < tables; table++)
        {
            body.Op(LocalGet).U32(0).Op(If).Op(Void).Op(LocalGet).U32(0).Op(BrTable).U32(depth);
            for (var i = 0; i <= depth; i++)
            {
                body.U32(i);
            }

            body.Op(End);
        }

        for (var i = 0; i < depth; i++)
        {
            body.Op(LocalGet).U32(0).Op(Const).Op(1).Op(Add).Op(LocalTee).U32(0).Op(Drop).Op(End);
        }

        return Module([body.Body(1)]);
    }

    /// <summary>As many functions as may be declared, each a little work.</summary>
    public static byte[] ManyFunctions(int functions, int statements)
    {
        var body = new Code();
        for (var i = 0; i < statements; i++)
        {
            body.Op(LocalGet).U32(i % 8).Op(If).Op(Void).Op(LocalGet).U32((i * 3) % 8).Op(Const).Op(1).Op(Add).Op(LocalSet).U32((i * 5) % 8).Op(End);
        }

        return Module(Enumerable.Repeat(body.Body(8), functions));
    }

    /// <summary>The ABI's least, and these bodies behind it, of type () -> ().</summary>
    private static byte[] Module(IEnumerable<byte[]> bodies)
    {
        var all = bodies.ToList();
        var functions = new Code().U32(all.Count + 2).U32(0).U32(1);
        for (var i = 0; i < all.Count; i++)
        {
            functions.U32(2);
        }

        var code = new Code().U32(all.Count + 2)
            .Bytes(new Code().Op(Const).Op(1).Body(0))
            .Bytes(new Code().Op(Const).Op(0).Body(0));
        foreach (var body in all)
        {
            code.Bytes(body);
        }

        var module = new Code().Bytes("\0asm\u0001\0\0\0"u8)
            .Section(1, new Code().U32(3).Bytes([0x60, 0, 1, 0x7F]).Bytes([0x60, 1, 0x7F, 1, 0x7F]).Bytes([0x60, 0, 0]))
            .Section(3, functions)
            .Section(5, new Code().Bytes([1, 0, 1]))
            .Section(7, new Code().U32(3).Name("memory").Bytes([2, 0]).Name("vx_abi_version").Bytes([0, 0]).Name("vx_alloc").Bytes([0, 1]))
            .Section(10, code);
        return module.ToArray();
    }

    private sealed class Code
    {
        private readonly List<byte> _bytes = [];

        public int Length => _bytes.Count;

        public Code Op(byte op)
        {
            _bytes.Add(op);
            return this;
        }

        public Code U32(int value)
        {
            var rest = (uint)value;
            for (; rest >= 0x80; rest >>= 7)
            {
                _bytes.Add((byte)(rest | 0x80));
            }

            _bytes.Add((byte)rest);
            return this;
        }

        public Code Bytes(ReadOnlySpan<byte> bytes)
        {
            _bytes.AddRange(bytes);
            return this;
        }

        public Code Name(string name) => U32(name.Length).Bytes(Encoding.ASCII.GetBytes(name));

        public Code Section(byte id, Code content) => Op(id).U32(content.Length).Bytes(content.ToArray());

        /// <summary>This code as a function body with so many i32 locals, its size before it.</summary>
        public byte[] Body(int locals)
        {
            var body = locals == 0 ? new Code().U32(0) : new Code().U32(1).U32(locals).Op(0x7F);
            body.Bytes(ToArray()).Op(End);
            return new Code().U32(body.Length).Bytes(body.ToArray()).ToArray();
        }

        public byte[] ToArray() => [.. _bytes];
    }
}
