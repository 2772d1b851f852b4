# SPDX-License-Identifier: Apache-2.0
# An expoline thunk, code that goes through it, code that does not, and frames made by hand.
	.text
	.globl thunk, protected, bare, inline, early, ended, switched
	.type thunk, @function
thunk:
	exrl	0, 1f
	j	.
1:	br	%r1
	.size thunk, . - thunk
	.balign 8
	.type protected, @function
protected:
	stmg	%r14, %r15, 136(%r15)
	lgr	%r14, %r15
	lay	%r15, -24(%r15)
	stg	%r14, 152(%r15)
	brasl	%r14, thunk
	lg	%r1, 160(%r15)
	lmg	%r14, %r15, 160(%r15)
	jg	thunk
	.size protected, . - protected
	.balign 8
	.type bare, @function
bare:
	basr	%r14, %r1
	basr	%r13, %r0
	bcr	0, %r7
	nopr	%r7
	ber	%r14
	bc	15, 0(%r2, %r3)
	.size bare, . - bare
	.balign 8
	.type inline, @function
inline:
	exrl	0, 2f
	j	.
2:	br	%r14
	.size inline, . - inline
	.balign 8
	.type early, @function
early:
	ltgr	%r2, %r2
	je	3f
	brasl	%r14, thunk
3:	stmg	%r14, %r15, 136(%r15)
	lgr	%r14, %r15
	aghi	%r15, -24
	stg	%r14, 152(%r15)
	brasl	%r14, thunk
	lmg	%r14, %r15, 160(%r15)
	br	%r14
	.size early, . - early
	.balign 8
	.type ended, @function
ended:
	aghi	%r15, -160
	xc	152(8, %r15), 152(%r15)
	brasl	%r14, thunk
	j	.
	.size ended, . - ended
	.balign 8
	.type switched, @function
switched:
	lg	%r15, 848
	brasl	%r14, thunk
	j	.
	.size switched, . - switched
